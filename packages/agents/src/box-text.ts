/**
 * What stands in a prompt box, as far as our message is concerned.
 *
 * - `ours` our message, whole as far as the box shows it
 * - `placeholder` a paste that the box shows folded up; whose it is cannot be seen
 * - `partial` something that may become ours while it is being drawn, or that is not ours at all
 */
export type Standing = 'empty' | 'ours' | 'placeholder' | 'partial'

/** `[Pasted text #1 +20 lines]` of Claude Code, `[Pasted Text: 20 lines]` of Gemini CLI, `[Pasted Content 5000 chars]` of Codex. */
const folded = /^\[Pasted(text|content)[:#]?\d+(\+?\d*(lines?|chars?))?(#\d+)?\]$/i

/** Compares letters and digits only: a box wraps lines, turns tabs into blanks and may drop what it cannot draw. */
export function boxStanding(
  box: string,
  message: { readonly token: string; readonly text: string },
): Standing {
  const shown = dense(box)
  if (shown === '') return 'empty'
  if (folded.test(shown)) return 'placeholder'
  const letters = essence(box)
  const isEnd = letters !== '' && essence(message.text).endsWith(letters)
  return isEnd && foreignLetters(box) <= foreignLetters(message.text) ? 'ours' : 'partial'
}

/** Whether the box shows the token, also across a line break. */
export function showsToken(box: string, token: string): boolean {
  return dense(box).includes(token)
}

const foldedAnywhere = /\[Pasted(text|content)[:#]?\d/i

/** Whether the message may stand in the box, among whatever else: its token is there, or a paste that is folded up. */
export function mayHold(box: string, token: string): boolean {
  return showsToken(box, token) || foldedAnywhere.test(dense(box))
}

/** Whether what is shown is how the message begins. */
export function isBeginningOf(box: string, message: { readonly text: string }): boolean {
  return dense(message.text).startsWith(dense(box))
}

/** Without blanks and line breaks, which are the box's and not the text's. */
export function dense(box: string): string {
  return box.replace(/\s+/g, '')
}

function essence(text: string): string {
  return text.replace(/[^A-Za-z0-9]+/g, '')
}

function foreignLetters(text: string): number {
  return text.match(/(?![A-Za-z0-9])[\p{L}\p{N}]/gu)?.length ?? 0
}
