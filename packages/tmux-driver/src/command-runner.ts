import { randomBytes } from 'node:crypto'
import { findFailure } from './command-failure.ts'
import type { Block } from './reply-reader.ts'
import type { ServerLink } from './server-link.ts'
import type { TmuxVersion } from './version.ts'

export interface RunOptions {
  /** The id or name that the command is about. It is also what pins the command to the server that we know. */
  readonly target?: string
  /** See `CommandRequest`. */
  readonly fenced?: boolean
  readonly signal?: AbortSignal | undefined
  readonly timeoutMs?: number
  /** See `LinkRequest`. */
  readonly takesTurn?: boolean
}

/** Runs lines of commands on a link; a block that failed is an error. */
export class CommandRunner {
  readonly #link: ServerLink
  /** Not to be guessed by what a pane shows: it separates values, and names buffers. */
  readonly secret: string = `x${randomBytes(8).toString('hex')}x`

  /** Buffers that were named so far. */
  buffers = 0

  constructor(link: ServerLink) {
    this.#link = link
  }

  get version(): TmuxVersion {
    return this.#link.version
  }

  get isConnected(): boolean {
    return this.#link.isConnected
  }

  get serverPid(): number {
    return this.#link.server.pid
  }

  run(line: string, options: RunOptions = {}): Promise<readonly Block[]> {
    const { target, fenced = false, signal, timeoutMs, takesTurn } = options
    return this.#link.run({
      line,
      fenced,
      signal,
      pinned: target !== undefined,
      check: (blocks) => findFailure(blocks, line, target),
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
      ...(takesTurn === undefined ? {} : { takesTurn }),
    })
  }
}
