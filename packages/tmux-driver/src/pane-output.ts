import { setTimeout } from 'node:timers/promises'
import { closedError } from './connect-failure.ts'
import { socketKey } from './connect-turn.ts'
import { isTmuxError } from './errors.ts'
import { type PaneId, parsePaneId } from './ids.ts'
import type { OutputEvent, OutputOptions } from './output-events.ts'
import { OutputHub } from './output-hub.ts'
import type { OutputAccount } from './output-screens.ts'
import { OutputStream } from './output-stream.ts'
import type { LinkOptions } from './server-link.ts'
import type { TmuxServer } from './tmux-server.ts'
import { untilAborted } from './until-aborted.ts'

const defaults = { bufferBytes: 1024 * 1024 } satisfies OutputOptions

/** How long a taker who leaves waits until nothing of theirs is left; a stopped server keeps nobody. */
const leaveMs = 500

/** Gives the output of panes to any number of takers; holds a connection only while there is one. */
export class PaneOutput {
  readonly #options: LinkOptions
  readonly #account: OutputAccount
  readonly #endings = new Set<Promise<void>>()
  #hub: OutputHub | undefined
  #processesStarted = 0
  #isClosed = false

  constructor(options: LinkOptions, nextBuffer: () => string) {
    this.#options = options
    this.#account = { loss: undefined, nextBuffer }
  }

  get processesStarted(): number {
    return this.#processesStarted + (this.#hub?.processesStarted ?? 0)
  }

  take(
    panes: readonly PaneId[] | 'all',
    server: TmuxServer,
    options: OutputOptions,
  ): AsyncGenerator<OutputEvent, void, undefined> {
    const { bufferBytes = defaults.bufferBytes, signal } = options
    if (!(bufferBytes >= 1)) throw new RangeError(`bufferBytes is a number from 1, not ${bufferBytes}`)
    const stream = new OutputStream(panes === 'all' ? panes : panes.map(parsePaneId), bufferBytes)
    const events = this.#events(stream, server, signal)
    const { return: end } = events
    // A generator would let a return wait for the next event, which may never come.
    events.return = (value) => {
      stream.stop()
      return end.call(events, value)
    }
    return events
  }

  /** See {@link OutputHub.whileHeldBack}. */
  async whileHeldBack<T>(pane: PaneId, action: () => Promise<T>): Promise<T> {
    const { socket, env } = this.#options
    return await OutputHub.whileHeldBackInAll(socketKey(socket, env), pane, action)
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
    this.#isClosed = true
    if (this.#hub !== undefined) this.#end(this.#hub)
    await Promise.all(this.#endings)
  }

  async *#events(
    stream: OutputStream,
    server: TmuxServer,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<OutputEvent, void, undefined> {
    signal?.throwIfAborted()
    if (this.#isClosed) throw closedError()
    this.#hub ??= new OutputHub(this.#options, this.#account)
    const hub = this.#hub
    signal?.addEventListener('abort', stream.queue.wake)
    try {
      await untilAborted(hub.add(stream, server), signal)
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
      // In one step with the removal, so that whoever comes next makes a hub of their own.
      if (!hub.remove(stream)) this.#end(hub)
      await Promise.race([Promise.all(this.#endings), setTimeout(leaveMs, undefined, { ref: false })])
    }
  }

  #end(hub: OutputHub): void {
    if (this.#hub !== hub) return
    this.#processesStarted += hub.processesStarted
    this.#hub = undefined
    const ending = hub.close().finally(() => this.#endings.delete(ending))
    this.#endings.add(ending)
  }
}
