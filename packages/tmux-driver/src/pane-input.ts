import type { CommandRunner } from './command-runner.ts'
import { type PaneId, parsePaneId } from './ids.ts'
import { guardedLine, requireAccepted, requireKey, type Sight, sanitizeText } from './input.ts'
import { openPasteSource, type PasteSource } from './paste-source.ts'
import { formatCommand } from './quote.ts'
import { featuresOf } from './version.ts'

/** Whether a paste is marked as one, and what is taken out of it. */
export interface PasteOptions {
  /** Mark it as a paste when the program has asked for that (bracketed paste). @defaultValue true */
  readonly bracketed?: boolean
  /** Take out the end-of-paste sequence and all control characters but TAB and LF. @defaultValue true */
  readonly sanitize?: boolean
  /** Only while this is on the screen; tested in one step with the paste. */
  readonly while?: Sight
  readonly signal?: AbortSignal
}

interface SendOptions {
  readonly bracketed: boolean
  readonly signal: AbortSignal | undefined
  readonly sight: Sight | undefined
}

const typedBytesMax = 16_384
/** More go faster through a buffer. */
const pressedBytesMax = 256

/** What goes into panes, each step behind the guard, and into one pane in the order of the calls. */
export class PaneInput {
  readonly #runner: CommandRunner

  constructor(runner: CommandRunner) {
    this.#runner = runner
  }

  async paste(pane: PaneId, text: string, options: PasteOptions): Promise<void> {
    const target = parsePaneId(pane)
    const { bracketed = true, sanitize = true, signal } = options
    signal?.throwIfAborted()
    const content = sanitize ? sanitizeText(text) : text
    await this.#send(target, content, { bracketed, signal, sight: options.while })
  }

  async bytes(pane: PaneId, data: Uint8Array, signal?: AbortSignal): Promise<void> {
    const target = parsePaneId(pane)
    signal?.throwIfAborted()
    if (data.length === 0 || data.length > pressedBytesMax) {
      return this.#send(target, data, { bracketed: false, signal, sight: undefined })
    }
    const codes = Array.from(data, (byte) => byte.toString(16).padStart(2, '0'))
    await this.#guarded(target, ['send-keys', '-H', '-t', target, '--', ...codes], signal)
  }

  async keys(pane: PaneId, keys: readonly string[], sight?: Sight): Promise<void> {
    const target = parsePaneId(pane)
    if (keys.length === 0) return
    const command = ['send-keys', '-t', target, '--', ...keys.map(requireKey)]
    await this.#guarded(target, command, undefined, sight)
  }

  async type(pane: PaneId, literal: string): Promise<void> {
    const target = parsePaneId(pane)
    if (literal === '') return
    if (Buffer.byteLength(literal) > typedBytesMax) {
      throw new RangeError(`type() takes at most ${typedBytesMax} bytes; paste() takes more`)
    }
    await this.#guarded(target, ['send-keys', '-l', '-t', target, '--', literal])
  }

  async leaveMode(pane: PaneId): Promise<void> {
    const target = parsePaneId(pane)
    const line = formatCommand(['copy-mode', '-q', '-t', target])
    await this.#runner.shared.order.next(target, () => this.#runner.run(line, { target }))
  }

  /** Through a buffer of its own, which is gone afterwards. */
  async #send(target: PaneId, content: string | Uint8Array, o: SendOptions): Promise<void> {
    if (content.length === 0) return this.#guarded(target, ['has-session', '-t', target], o.signal)
    const buffer = this.#runner.nextBuffer()
    const opening = openPasteSource(buffer, content)
    await this.#runner.shared.order.next(target, () => this.#sendFrom(target, buffer, opening, o), opening)
  }

  async #sendFrom(
    target: PaneId,
    buffer: string,
    opening: Promise<PasteSource>,
    { bracketed, signal, sight }: SendOptions,
  ): Promise<void> {
    const source = await opening
    try {
      const paste = guardedLine(target, this.#pasteCommand(target, buffer, bracketed), sight)
      const line = [formatCommand(source.load), paste, formatCommand(['delete-buffer', '-b', buffer])].join(
        '\n',
      )
      requireAccepted(await this.#runner.run(line, { fenced: true, target, signal }), target)
    } finally {
      await source.release()
    }
  }

  /** From 3.7 on tmux makes control characters visible unless told not to (`-S`). */
  #pasteCommand(target: PaneId, buffer: string, bracketed: boolean): readonly string[] {
    const exact = featuresOf(this.#runner.version).encodesPastes ? ['-S'] : []
    return ['paste-buffer', '-r', ...(bracketed ? ['-p'] : []), ...exact, '-b', buffer, '-t', target]
  }

  async #guarded(
    pane: PaneId,
    command: readonly string[],
    signal?: AbortSignal,
    sight?: Sight,
  ): Promise<void> {
    const line = guardedLine(pane, command, sight)
    const send = () => this.#runner.run(line, { fenced: true, target: pane, signal })
    requireAccepted(await this.#runner.shared.order.next(pane, send), pane)
  }
}
