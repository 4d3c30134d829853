/** What stands in the prompt box: typed text and pastes, in order. */
export type Draft = readonly Segment[]

export type Segment =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'paste'; readonly text: string; readonly number: number; readonly bracketed: boolean }

const longPasteChars = 800
const longPasteLines = 10

/** Number of lines of a text: one more than its newlines. */
export function lineCount(text: string): number {
  return text.split('\n').length
}

/** A paste that the box shows as a placeholder and hands over in a wrapper. */
export function isLongPaste(text: string): boolean {
  return text.length > longPasteChars || lineCount(text) >= longPasteLines
}

export function typeText(draft: Draft, text: string): Draft {
  if (text === '') return draft
  const last = draft.at(-1)
  if (last?.kind === 'text') return [...draft.slice(0, -1), { kind: 'text', text: last.text + text }]
  return [...draft, { kind: 'text', text }]
}

/** Adds a paste. Reads of one unbracketed paste arrive one after another and become one. */
export function pasteText(draft: Draft, text: string, bracketed: boolean, number: number): Draft {
  const last = draft.at(-1)
  if (!bracketed && last?.kind === 'paste' && !last.bracketed) {
    return [...draft.slice(0, -1), { ...last, text: last.text + text }]
  }
  if (!isLongPaste(text)) return typeText(draft, text)
  return [...draft, { kind: 'paste', text, number, bracketed }]
}

/** Removes the last character; a placeholder goes as a whole. */
export function eraseLast(draft: Draft): Draft {
  const last = draft.at(-1)
  if (last === undefined) return draft
  if (last.kind === 'paste') return draft.slice(0, -1)
  const characters = [...new Intl.Segmenter().segment(last.text)].slice(0, -1)
  const text = characters.map((part) => part.segment).join('')
  return text === '' ? draft.slice(0, -1) : [...draft.slice(0, -1), { kind: 'text', text }]
}

/** True when the line ends in a backslash that was typed or pasted, so that Enter breaks the line. */
export function endsInBackslash(draft: Draft): boolean {
  return draft.at(-1)?.text.endsWith('\\') ?? false
}

/** Replaces the backslash at the end by a newline. */
export function breakLine(draft: Draft): Draft {
  const last = draft.at(-1)
  if (last === undefined) return draft
  return [...draft.slice(0, -1), { ...last, text: `${last.text.slice(0, -1)}\n` }]
}

/** What the box shows. */
export function shownText(draft: Draft): string {
  return draft
    .map((part) => {
      if (part.kind === 'text' || !isLongPaste(part.text)) return part.text
      return `[Pasted text #${part.number} +${lineCount(part.text) - 1} lines]`
    })
    .join('')
}

/** What the agent is given; a long paste comes wrapped, as the real programs do it: look for a token in it, not for equality. */
export function submittedText(draft: Draft): string {
  const text = draft
    .map((part) => {
      if (part.kind === 'text' || !isLongPaste(part.text)) return part.text
      return `\n\n<pasted_content id="${part.number}">\n${part.text}\n</pasted_content id="${part.number}">\n`
    })
    .join('')
  return text.trim()
}
