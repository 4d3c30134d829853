import type { PromptRules } from './prompt-rules.ts'

/** What stands in the prompt box: typed text and pastes, in order. */
export type Draft = readonly Segment[]

export type Segment =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'paste'; readonly text: string; readonly number: number; readonly bracketed: boolean }

/** Number of lines of a text: one more than its newlines. */
export function lineCount(text: string): number {
  return text.split('\n').length
}

/** A paste that the box shows as a placeholder. */
function isFolded(text: string, { fold }: PromptRules): boolean {
  return fold !== undefined && (text.length > fold.overChars || lineCount(text) >= fold.fromLines)
}

export function typeText(draft: Draft, text: string): Draft {
  if (text === '') return draft
  const last = draft.at(-1)
  if (last?.kind === 'text') return [...draft.slice(0, -1), { kind: 'text', text: last.text + text }]
  return [...draft, { kind: 'text', text }]
}

export interface Paste {
  readonly text: string
  readonly bracketed: boolean
  readonly number: number
}

/** Adds a paste. Reads of one unbracketed paste arrive one after another and become one. */
export function pasteText(draft: Draft, paste: Paste, rules: PromptRules): Draft {
  const last = draft.at(-1)
  if (!paste.bracketed && last?.kind === 'paste' && !last.bracketed) {
    return [...draft.slice(0, -1), { ...last, text: last.text + paste.text }]
  }
  if (!isFolded(paste.text, rules)) return typeText(draft, paste.text)
  return [...draft, { kind: 'paste', ...paste }]
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
export function shownText(draft: Draft, rules: PromptRules): string {
  return draft
    .map((part) => {
      if (part.kind === 'text' || !isFolded(part.text, rules) || rules.fold === undefined) return part.text
      const { text, number } = part
      return rules.fold.shown({ number, chars: text.length, lines: lineCount(text) })
    })
    .join('')
}

/** What the agent is given; where a folded paste comes wrapped, look for a token in it, not for equality. */
export function submittedText(draft: Draft, rules: PromptRules): string {
  const text = draft
    .map((part) => {
      if (part.kind === 'text' || !rules.wrapsPastes || !isFolded(part.text, rules)) return part.text
      return `\n\n<pasted_content id="${part.number}">\n${part.text}\n</pasted_content id="${part.number}">\n`
    })
    .join('')
  return text.trim()
}
