import { randomBytes } from 'node:crypto'
import type { Loss } from './capture.ts'
import { findFailure } from './command-failure.ts'
import type { Block } from './reply-reader.ts'
import { SendOrder } from './send-order.ts'
import type { ServerLink } from './server-link.ts'
import type { TmuxVersion } from './version.ts'

export interface RunOptions {
  /** The id or name that the command is about. It is also what pins the command to the server that we know. */
  readonly target?: string
  /** Words of a command that somebody else made: ids among them are pinned as well. */
  readonly words?: readonly string[]
  /** See `CommandRequest`. */
  readonly fenced?: boolean
  readonly signal?: AbortSignal | undefined
  readonly timeoutMs?: number | undefined
  /** See `LinkRequest`. */
  readonly takesTurn?: boolean | undefined
}

/** What bounds each command of a handle. */
export interface Limits {
  /** Each command rejects with its reason when it is aborted; what was sent may still run. */
  readonly signal?: AbortSignal
  /** How long a command may take. @defaultValue the handle's */
  readonly timeoutMs?: number
}

/** What all views of one handle share. */
interface Shared {
  readonly secret: string
  buffers: number
  /** What the server lost to our captures, by the server's process id. */
  loss: Loss | undefined
  readonly order: SendOrder
}

/** Runs lines of commands on a link; a block that failed is an error. */
export class CommandRunner {
  readonly #link: ServerLink
  readonly #limits: Limits
  readonly shared: Shared

  constructor(link: ServerLink, limits: Limits = {}, shared?: Shared) {
    this.#link = link
    this.#limits = limits
    const secret = `x${randomBytes(8).toString('hex')}x`
    this.shared = shared ?? { secret, buffers: 0, loss: undefined, order: new SendOrder() }
  }

  /** The same, each command also bounded by these. */
  within(limits: Limits): CommandRunner {
    const signal = joined(this.#limits.signal, limits.signal)
    return new CommandRunner(
      this.#link,
      { ...this.#limits, ...limits, ...(signal && { signal }) },
      this.shared,
    )
  }

  /** A call's own signal, joined by the one that bounds them all. */
  boundBy(signal: AbortSignal | undefined): AbortSignal | undefined {
    return joined(signal, this.#limits.signal)
  }

  /** Not to be guessed by what a pane shows: it separates values, and names buffers. */
  get secret(): string {
    return this.shared.secret
  }

  /** A name that no buffer had before. */
  nextBuffer(): string {
    this.shared.buffers += 1
    return `tmo-${this.secret}-${this.shared.buffers}`
  }

  get version(): TmuxVersion {
    return this.#link.version
  }

  get isConnected(): boolean {
    return this.#link.isConnected
  }

  /** See {@link ServerLink.know}. */
  know(ids: Iterable<string>): void {
    this.#link.know(ids)
  }

  get serverPid(): number {
    return this.#link.server.pid
  }

  run(line: string, options: RunOptions = {}): Promise<readonly Block[]> {
    const { target, fenced = false, timeoutMs = this.#limits.timeoutMs, takesTurn } = options
    return this.#link.run({
      line,
      fenced,
      signal: this.boundBy(options.signal),
      pinned: target !== undefined,
      names: target === undefined ? options.words : [target],
      check: (blocks) => findFailure(blocks, line, target),
      timeoutMs,
      takesTurn,
    })
  }
}

function joined(a: AbortSignal | undefined, b: AbortSignal | undefined): AbortSignal | undefined {
  return a === undefined || b === undefined ? (a ?? b) : AbortSignal.any([a, b])
}
