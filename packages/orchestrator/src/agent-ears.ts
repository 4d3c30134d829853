import {
  type AgentAdapter,
  type AgentHandle,
  type ChangeWatch,
  ownersOf,
  watchFolder,
} from '@tmux-orchestrator/agents'

interface Listening {
  readonly adapter: AgentAdapter
  readonly pid: number
  readonly own: ChangeWatch
}

/**
 * Hears that files of agents changed, so that who is quiet has not to be looked at. It may miss something: whoever relies on it looks
 * again after a while.
 */
export class AgentEars {
  readonly #listening: Map<string, Listening> = new Map()
  readonly #counts: Map<string, number> = new Map()
  /** Programs keep one folder for all of their kind. */
  readonly #common: Map<AgentAdapter, ChangeWatch> = new Map()

  /** Begins to listen for an agent, anew when another process runs in its pane. */
  listen(key: string, adapter: AgentAdapter, handle: Pick<AgentHandle, 'stateDir' | 'pid'>): void {
    const known = this.#listening.get(key)
    if (known?.adapter === adapter && known.pid === handle.pid) return
    known?.own.close()
    const own = watchFolder(handle.stateDir, () => this.hint(key))
    this.#listening.set(key, { adapter, pid: handle.pid, own })
    this.#counts.set(key, this.countOf(key) + 1)
    if (this.#common.has(adapter)) return
    const common = adapter.watch?.(handle, (file) => this.#hintAll(adapter, file))
    if (common) this.#common.set(adapter, common)
  }

  leave(key: string): void {
    this.#listening.get(key)?.own.close()
    this.#listening.delete(key)
    this.#counts.delete(key)
  }

  /** Whether changes of the agent would be heard: not where the system does not watch folders. */
  hears(key: string): boolean {
    const one = this.#listening.get(key)
    if (!one?.own.isWatching()) return false
    return one.adapter.watch === undefined || this.#common.get(one.adapter)?.isWatching() === true
  }

  /** Something of the agent changed. */
  hint(key: string): void {
    if (this.#listening.has(key)) this.#counts.set(key, this.countOf(key) + 1)
  }

  /** Rises with everything that is heard of the agent. */
  countOf(key: string): number {
    return this.#counts.get(key) ?? 0
  }

  close(): void {
    for (const { own } of this.#listening.values()) own.close()
    for (const common of this.#common.values()) common.close()
  }

  /** The file is named after a process: that of a pane, or one that a pane's started. */
  #hintAll(adapter: AgentAdapter, file: string | undefined): void {
    const own = [...this.#listening].filter(([, one]) => one.adapter === adapter)
    const owners = ownersOf(
      file,
      own.map(([, one]) => one.pid),
    )
    for (const [key, one] of own) if (owners.includes(one.pid)) this.hint(key)
  }
}
