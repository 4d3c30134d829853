import type { Tmux } from '@tmux-orchestrator/tmux-driver'
import type { EngineOptions, EngineStatus } from './engine-options.ts'
import { errorCode } from './runtime.ts'

const events = ['window:added', 'window:closed', 'server:lost', 'server:reconnected'] as const

/** The one connection to our tmux server, opened when it is first asked for; tells when something changed there. */
export class TmuxHandle {
  readonly #options: Pick<EngineOptions, 'openTmux'>
  readonly #onChange: () => void
  #opening: { readonly start: boolean; readonly tmux: Promise<Tmux> } | undefined
  #opened: Tmux | undefined

  constructor(options: Pick<EngineOptions, 'openTmux'>, onChange: () => void) {
    this.#options = options
    this.#onChange = onChange
  }

  /** Starts the server when none runs, also when somebody else is just finding that none does. */
  async open(): Promise<Tmux> {
    for (;;) {
      if (this.#opened) return this.#opened
      const opening = this.#opening
      if (!opening || opening.start) return await this.#connect(true)
      await opening.tmux.catch(() => undefined)
    }
  }

  /** The server that runs, or undefined; never starts one. */
  async openRunning(): Promise<Tmux | undefined> {
    try {
      return await this.#connect(false)
    } catch (error) {
      if (errorCode(error) === 'NO_SERVER') return undefined
      throw error
    }
  }

  status(): EngineStatus['tmux'] {
    return {
      connected: this.#opened?.isConnected ?? false,
      processesStarted: this.#opened?.processesStarted ?? 0,
      serverPid: this.#opened?.server.pid ?? null,
    }
  }

  async close(): Promise<void> {
    await this.#opened?.close()
  }

  async #connect(start: boolean): Promise<Tmux> {
    if (this.#opened) return this.#opened
    if (!this.#opening) {
      const opening = { start, tmux: this.#begin(start) }
      const forget = (): void => {
        this.#opening = undefined
      }
      opening.tmux.then(forget, forget)
      this.#opening = opening
    }
    return await this.#opening.tmux
  }

  async #begin(start: boolean): Promise<Tmux> {
    const tmux = await this.#options.openTmux({ start })
    for (const name of events) tmux.events.on(name, this.#onChange)
    this.#opened = tmux
    return tmux
  }
}
