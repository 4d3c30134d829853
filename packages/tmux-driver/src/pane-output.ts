import { isTmuxError } from './errors.ts'
import { type PaneId, parsePaneId } from './ids.ts'
import type { OutputEvent, OutputOptions } from './output-events.ts'
import { OutputHub } from './output-hub.ts'
import { OutputStream } from './output-stream.ts'
import type { LinkOptions, TmuxServer } from './server-link.ts'

const defaults = { bufferBytes: 1024 * 1024 } satisfies OutputOptions

/** Gives the output of panes to any number of takers; holds a connection only while there is one. */
export class PaneOutput {
  readonly #options: LinkOptions
  #hub: OutputHub | undefined
  #processesStarted = 0
  #closing: Promise<void> | undefined

  constructor(options: LinkOptions) {
    this.#options = options
  }

  get processesStarted(): number {
    return this.#processesStarted + (this.#hub?.processesStarted ?? 0)
  }

  async *take(
    panes: readonly PaneId[] | 'all',
    server: TmuxServer,
    options: OutputOptions,
  ): AsyncGenerator<OutputEvent, void, undefined> {
    const { bufferBytes = defaults.bufferBytes, signal } = options
    if (!(bufferBytes >= 1)) throw new RangeError(`bufferBytes is a number from 1, not ${bufferBytes}`)
    const stream = new OutputStream(panes === 'all' ? panes : panes.map(parsePaneId), bufferBytes)
    signal?.throwIfAborted()
    this.#hub ??= new OutputHub(this.#options)
    const hub = this.#hub
    signal?.addEventListener('abort', stream.queue.wake)
    try {
      await hub.add(stream, server)
      for (;;) {
        signal?.throwIfAborted()
        const event = stream.queue.take()
        if (event !== undefined) {
          hub.pump(stream)
          yield event
        } else if (stream.isOver) {
          if (stream.failure !== undefined) throw stream.failure
          return
        } else {
          await stream.queue.ready()
        }
      }
    } finally {
      signal?.removeEventListener('abort', stream.queue.wake)
      if (!(await hub.remove(stream))) await this.#end(hub)
    }
  }

  /** See {@link OutputHub.whileHeldBack}. */
  async whileHeldBack<T>(pane: PaneId, action: () => Promise<T>): Promise<T> {
    return this.#hub === undefined ? await action() : await this.#hub.whileHeldBack(pane, action)
  }

  /** After sessions went: windows that only we still hold end now. */
  async settle(): Promise<void> {
    try {
      await this.#hub?.settle()
    } catch (error) {
      if (!isTmuxError(error)) throw error
    }
  }

  async close(): Promise<void> {
    if (this.#hub !== undefined) await this.#end(this.#hub)
    await this.#closing
  }

  async #end(hub: OutputHub): Promise<void> {
    if (this.#hub === hub) {
      this.#processesStarted += hub.processesStarted
      this.#hub = undefined
      this.#closing = hub.close()
    }
    await this.#closing
  }
}
