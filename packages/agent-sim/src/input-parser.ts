/** What the bytes of a terminal mean to a prompt box. */
export type InputEvent =
  | { readonly kind: 'text'; readonly text: string }
  /** Not `bracketed`: text and a carriage return came in one read, which nobody types. */
  | { readonly kind: 'paste'; readonly text: string; readonly bracketed: boolean }
  | { readonly kind: 'key'; readonly key: Key }

export type Key = 'enter' | 'newline' | 'backspace' | 'escape' | 'interrupt' | 'end' | 'clear'

export interface InputParserOptions {
  /** Characters of one paste that are kept; the rest is dropped. @defaultValue 8 Mi */
  readonly pasteMaxChars?: number
}

const pasteStart = '\x1b[200~'
const pasteEnd = '\x1b[201~'
const controls: Readonly<Record<string, Key>> = {
  '\r': 'enter',
  '\n': 'newline',
  '\x7f': 'backspace',
  '\b': 'backspace',
  '\x03': 'interrupt',
  '\x04': 'end',
  '\x15': 'clear',
}
const sequence = /^\x1b(?:\[[0-9;:<=>?]*[ -/]*[@-~]|O[ -~]|\][^\x07\x1b]*(?:\x07|\x1b\\))/
const unfinished = /^\x1b(?:\[[0-9;:<=>?]*[ -/]*|O|\][^\x07\x1b]*\x1b?)?$/

/** Drops escape sequences and control characters; a tab becomes four spaces, every line ending a newline. */
export function plainText(text: string): string {
  return text
    .replace(/\r\n?/g, '\n')
    .replace(/\t/g, '    ')
    .replace(/\x1b(?:\[[0-9;:<=>?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])?/g, '')
    .replace(/[\x00-\x09\x0b-\x1f\x7f-\x9f]/g, '')
}

/**
 * Turns reads of a terminal into events. A bracketed paste, an escape sequence or a character may be split over any
 * number of reads. Where one read ends matters only for text with a carriage return, as in the real programs.
 */
export class InputParser {
  readonly #decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  readonly #pasteMaxChars: number
  #rest = ''
  #paste: string[] | undefined
  #pasteChars = 0

  constructor(options: InputParserOptions = {}) {
    this.#pasteMaxChars = options.pasteMaxChars ?? 8 * 1024 * 1024
  }

  /** True while an escape stands alone: call {@link flush} when nothing follows within some milliseconds. */
  get pending(): boolean {
    return this.#paste === undefined && this.#rest !== ''
  }

  /** The events of one read. */
  feed(bytes: Uint8Array): readonly InputEvent[] {
    let text = this.#rest + this.#decoder.decode(bytes, { stream: true })
    this.#rest = ''
    const events: InputEvent[] = []
    while (text !== '') {
      text = this.#paste === undefined ? this.#outside(text, events) : this.#inside(text, events)
    }
    return events
  }

  /** Gives up waiting for the rest of an escape sequence. */
  flush(): readonly InputEvent[] {
    if (!this.pending) return []
    this.#rest = ''
    return [{ kind: 'key', key: 'escape' }]
  }

  #inside(text: string, events: InputEvent[]): string {
    const end = text.indexOf(pasteEnd)
    if (end < 0) {
      const keep = tailOf(text, pasteEnd)
      this.#collect(text.slice(0, text.length - keep.length))
      this.#rest = keep
      return ''
    }
    this.#collect(text.slice(0, end))
    events.push({ kind: 'paste', text: plainText((this.#paste ?? []).join('')), bracketed: true })
    this.#paste = undefined
    return text.slice(end + pasteEnd.length)
  }

  #collect(text: string): void {
    const room = this.#pasteMaxChars - this.#pasteChars
    if (room > 0) this.#paste?.push(text.slice(0, room))
    this.#pasteChars += text.length
  }

  #outside(text: string, events: InputEvent[]): string {
    const start = text.indexOf(pasteStart)
    const typed = start < 0 ? text : text.slice(0, start)
    this.#rest = typing(typed, events, start < 0)
    if (start < 0) return ''
    this.#rest = ''
    this.#paste = []
    this.#pasteChars = 0
    return text.slice(start + pasteStart.length)
  }
}

/** The longest end of `text` that may be the beginning of `mark`. */
function tailOf(text: string, mark: string): string {
  for (let length = Math.min(mark.length - 1, text.length); length > 0; length--) {
    const tail = text.slice(-length)
    if (mark.startsWith(tail)) return tail
  }
  return ''
}

/** Reads typed text into `events`; returns an unfinished escape sequence at its end (only when `more` may come). */
function typing(text: string, events: InputEvent[], more: boolean): string {
  const last = more ? text.lastIndexOf('\x1b') : -1
  const cut = last >= 0 && unfinished.test(text.slice(last)) ? last : text.length
  let rest = text.slice(0, cut)
  if (isPastedRead(rest)) {
    events.push({ kind: 'paste', text: plainText(rest), bracketed: false })
    rest = ''
  }
  while (rest !== '') rest = oneEvent(rest, events)
  return text.slice(cut)
}

function oneEvent(text: string, events: InputEvent[]): string {
  if (text.startsWith('\x1b')) return escapeSequence(text, events)
  const run = /^[^\x00-\x1f\x7f]+/.exec(text)?.[0]
  if (run === undefined) control(text.slice(0, 1), events)
  else events.push({ kind: 'text', text: plainText(run) })
  return text.slice(run?.length ?? 1)
}

function isPastedRead(text: string): boolean {
  if (!text.includes('\r') || text.startsWith('\x1b')) return false
  return /[^\x00-\x1f\x7f]/.test(text)
}

function control(char: string, events: InputEvent[]): void {
  if (char === '\t') events.push({ kind: 'text', text: '    ' })
  const key = controls[char]
  if (key !== undefined) events.push({ kind: 'key', key })
}

function escapeSequence(text: string, events: InputEvent[]): string {
  const known = sequence.exec(text)?.[0]
  if (known !== undefined) return text.slice(known.length)
  if (text.startsWith('\x1b\r') || text.startsWith('\x1b\n')) {
    events.push({ kind: 'key', key: 'newline' })
    return text.slice(2)
  }
  events.push({ kind: 'key', key: 'escape' })
  return text.slice(1)
}
