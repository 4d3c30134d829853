import type { Message } from './delivery.ts'
import { AgentsError } from './errors.ts'

/** The largest text that is typed; real programs were measured up to 50 KB. */
export const messageBytesMax = 65_536

/** Who says what, and the word that proves its arrival. */
export interface FormatMessageOptions {
  /** A word such as `tmo-m-7f3a9c2e`, unique for this message: 8 to 64 letters, digits and dashes. */
  readonly token: string
  /** Who speaks, for the agent to read: `developer`, `schedule`, `human`. */
  readonly from: string
  readonly text: string
}

/**
 * A text that is safe to type into a prompt box: it begins with `[from … · token]`, so that neither `!`, `/` nor `#`
 * stands first; it holds no control character but tab and newline; it ends neither in a backslash nor in a word that a
 * prompt box completes.
 *
 * @throws AgentsError `UNSAFE_MESSAGE` for a token that is not one word
 */
export function formatMessage(options: FormatMessageOptions): string {
  checkToken(options.token)
  const from = sanitize(options.from)
    .replace(/[\s[\]]+/g, ' ')
    .trim()
  const text = sanitize(options.text).trimEnd()
  const end = endings.some(([form]) => form.test(text)) ? ' (end)' : ''
  return `[from ${from || 'unknown'} · ${options.token}] ${text}${end}`
}

/** Text without paste marks and without control characters other than tab and newline; `\n` ends its lines. */
export function sanitize(text: string): string {
  return text
    .replace(/\p{Surrogate}/gu, '\ufffd')
    .replace(/(?:\u001b\[|\u009b)20[01]~/g, '')
    .replace(/\r\n?/g, '\n')
    .replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '')
}

/** Characters that make a prompt box take the line for a command, a shell command, a memory or an option. */
const triggers = /^\s*[!/#@?&\\-]/

/** Ends behind which Enter does not send: it begins a line, or picks a file or a skill for the word. */
const endings: readonly (readonly [RegExp, string])[] = [
  [/\\\s*$/, 'a backslash'],
  [/(?<!\S)[@$]\S*\s*$/, 'a word that a prompt box completes'],
]

/**
 * Checks a message right before it is typed: what `formatMessage` made always passes.
 *
 * @throws AgentsError `UNSAFE_MESSAGE`
 */
export function checkMessage(message: Message): void {
  checkToken(message.token)
  if (!message.text.includes(message.token))
    throw unsafe('the text does not contain its token', message.token)
  if (triggers.test(message.text)) throw unsafe('the text begins like a command', message.token)
  const end = endings.find(([form]) => form.test(message.text))
  if (end) throw unsafe(`the text ends in ${end[1]}`, message.token)
}

function checkToken(token: string): void {
  if (!/^[A-Za-z0-9-]{8,64}$/.test(token))
    throw unsafe('a token is 8 to 64 letters, digits and dashes', token)
}

function unsafe(why: string, token: string): AgentsError {
  return new AgentsError('UNSAFE_MESSAGE', `message refused before typing: ${why}`, {
    details: { token: token.slice(0, 64) },
    hint: 'Make the text with formatMessage().',
  })
}
