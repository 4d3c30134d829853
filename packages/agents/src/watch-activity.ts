import { isTmuxError, type PaneId } from '@tmux-orchestrator/tmux-driver'
import { type Activity, type ActivitySource, judge } from './activity.ts'
import type { AgentAdapter, AgentHandle } from './adapter.ts'
import type { PaneIo } from './delivery.ts'
import { ownersOf } from './owners-of.ts'
import { idleAfterMs } from './steady.ts'
import { watchFolder } from './watch-folder.ts'

/** An agent that is watched. */
export interface WatchedAgent {
  /** What its changes are told under. */
  readonly name: string
  readonly adapter: AgentAdapter
  readonly handle: AgentHandle
}

/** An agent and what it does from now on. */
export interface ActivityChange {
  readonly agent: string
  readonly activity: Activity
}

/** The part of a `Tmux` that a watch needs. */
export interface PaneSight extends Pick<PaneIo, 'capture'> {
  list(options: {
    readonly fields: readonly ['pane', 'dead', 'title']
  }): Promise<readonly { readonly pane: PaneId; readonly dead: boolean; readonly title: string }[]>
}

/** Whom to watch, and how often to look where nothing tells. */
export interface WatchActivityOptions {
  readonly tmux: PaneSight
  readonly agents: readonly WatchedAgent[]
  /** How often agents are looked at of which only a screen or a title tells. @defaultValue 500 */
  readonly intervalMs?: number
  readonly signal: AbortSignal
}

const defaults = { intervalMs: 500 } satisfies Partial<WatchActivityOptions>
/** Of what tells by files we hear at once; a change that was missed is found this much later. */
const sweepMs: Readonly<Partial<Record<ActivitySource, number>>> = {
  'status-file': 10_000,
  hook: 10_000,
  transcript: 10_000,
  api: 1_000,
}
/** Panes whose agents tell by files are listed for their ends alone. */
const endsEveryMs = 2_000
/** What is heard is judged with a title that is no older. */
const titleMs = 20
/** Several changes of one file are one. */
const settleMs = 10
/** Right after `idle` can be believed. */
const secondLookMs = idleAfterMs + 5
const fields = ['pane', 'dead', 'title'] as const

interface Row {
  readonly dead: boolean
  readonly title: string
}

interface Watching {
  readonly agent: WatchedAgent
  told: string
  row: Row | undefined
  lookAt: number
  isLooking: boolean
  isHeard: boolean
  /** No file, hook or API tells of it. */
  isSeenOnly: boolean
}

/**
 * Tells what each agent does, first as it is and then each change. Changes that are taken slowly do not pile up: of each
 * agent the latest remains. Ends with the signal.
 */
export async function* watchActivity(
  options: WatchActivityOptions,
): AsyncGenerator<ActivityChange, void, void> {
  const watch = new ActivityWatch(options)
  try {
    while (!options.signal.aborted) {
      await watch.pass()
      yield* watch.take()
      await watch.rest()
    }
  } finally {
    watch.close()
  }
}

class ActivityWatch {
  readonly #options: WatchActivityOptions
  readonly #intervalMs: number
  readonly #watching: readonly Watching[]
  readonly #closers: { close(): void }[] = []
  readonly #changes = new Map<string, ActivityChange>()
  #rows: ReadonlyMap<PaneId, Row> | undefined
  #listAt = 0
  #listedAt = Number.NEGATIVE_INFINITY
  #wake: () => void = () => undefined

  constructor(options: WatchActivityOptions) {
    this.#options = options
    this.#intervalMs = options.intervalMs ?? defaults.intervalMs
    this.#watching = options.agents.map((agent) => ({
      agent,
      told: '',
      row: undefined,
      lookAt: 0,
      isLooking: false,
      isHeard: false,
      isSeenOnly: true,
    }))
    this.#hear()
    options.signal.addEventListener('abort', this.#onAbort, { once: true })
  }

  readonly #onAbort = (): void => this.#wake()

  /** One watch for each program's common folder, and one for each agent's own. */
  #hear(): void {
    const heard = new Set<AgentAdapter>()
    for (const one of this.#watching) {
      const { adapter, handle } = one.agent
      this.#closers.push(watchFolder(handle.stateDir, () => this.#hint([one])))
      if (heard.has(adapter)) continue
      heard.add(adapter)
      const watch = adapter.watch?.(handle, (file) => this.#hint(this.#named(adapter, file)))
      if (watch) this.#closers.push(watch)
    }
  }

  #named(adapter: AgentAdapter, file: string | undefined): readonly Watching[] {
    const own = this.#watching.filter(({ agent }) => agent.adapter === adapter)
    const owners = ownersOf(
      file,
      own.map(({ agent }) => agent.handle.pid),
    )
    return own.filter(({ agent }) => owners.includes(agent.handle.pid))
  }

  #hint(changed: readonly Watching[]): void {
    const soon = performance.now() + settleMs
    for (const one of changed) {
      one.lookAt = Math.min(one.lookAt, soon)
      one.isHeard = true
    }
    this.#wake()
  }

  /** Looks at all whose time has come. */
  async pass(): Promise<void> {
    const isHeard = this.#watching.some((one) => one.isHeard && one.lookAt <= performance.now())
    if (performance.now() >= (isHeard ? this.#listedAt + titleMs : this.#listAt)) await this.#list()
    const now = performance.now()
    await Promise.all(this.#watching.filter(({ lookAt }) => lookAt <= now).map((one) => this.#look(one)))
  }

  *take(): Generator<ActivityChange, void, void> {
    for (const [name, change] of [...this.#changes]) {
      this.#changes.delete(name)
      yield change
    }
  }

  /** Until the next look is due, or something is heard. */
  async rest(): Promise<void> {
    if (this.#options.signal.aborted) return
    const nextAt = this.#watching.reduce((at, { lookAt }) => Math.min(at, lookAt), this.#listAt)
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, Math.max(1, nextAt - performance.now()))
      this.#wake = () => {
        clearTimeout(timer)
        // what was heard is read once it has settled
        setTimeout(resolve, settleMs)
      }
    })
    this.#wake = () => undefined
  }

  close(): void {
    this.#options.signal.removeEventListener('abort', this.#onAbort)
    for (const closer of this.#closers) closer.close()
  }

  async #list(): Promise<void> {
    const isQuick = this.#watching.some(({ isSeenOnly }) => isSeenOnly)
    this.#listedAt = performance.now()
    this.#listAt = this.#listedAt + (isQuick ? this.#intervalMs : Math.max(this.#intervalMs, endsEveryMs))
    try {
      const rows = await this.#options.tmux.list({ fields })
      this.#rows = new Map(rows.map(({ pane, dead, title }) => [pane, { dead, title }]))
    } catch (error) {
      if (!isTmuxError(error)) throw error
      this.#rows = undefined
    }
    for (const one of this.#watching) {
      const row = this.#rows?.get(one.agent.handle.pane)
      if (row?.dead !== one.row?.dead || row?.title !== one.row?.title) one.lookAt = 0
      one.row = row
    }
  }

  async #look(one: Watching): Promise<void> {
    if (one.isLooking) return
    one.isLooking = true
    one.isHeard = false
    one.lookAt = Number.POSITIVE_INFINITY
    try {
      const activity = await this.#read(one)
      const isPending = activity.others.some(({ state }) => state === 'idle') && activity.state !== 'idle'
      one.isSeenOnly = sweepMs[activity.source] === undefined
      const stoodMs = Math.max(0, Date.now() - activity.at)
      const waitMs = isPending
        ? Math.max(settleMs, secondLookMs - stoodMs)
        : (sweepMs[activity.source] ?? this.#intervalMs)
      one.lookAt = Math.min(one.lookAt, performance.now() + waitMs)
      this.#tell(one, activity)
    } finally {
      one.isLooking = false
    }
  }

  async #read({ agent, row }: Watching): Promise<Activity> {
    const { adapter, handle } = agent
    const at = Date.now()
    // A tmux that does not answer says nothing of its panes; one that answers without a pane says that it is gone.
    if (this.#rows === undefined)
      return judge([{ state: 'unknown', source: 'none', at, detail: 'tmux does not answer' }])
    if (row === undefined)
      return judge([{ state: 'exited', source: 'process', at, detail: 'there is no such pane' }])
    const screen = async (): Promise<string> =>
      (await this.#options.tmux.capture(handle.pane, { attributes: true })).text
    try {
      return await adapter.activity(handle, { ...row, screen })
    } catch (error) {
      if (!isTmuxError(error)) throw error
      return judge([{ state: 'unknown', source: 'screen', at, detail: `tmux: ${error.code}` }])
    }
  }

  #tell(one: Watching, activity: Activity): void {
    const { others: _, at: __, ...told } = activity
    const text = JSON.stringify(told)
    if (text === one.told) return
    one.told = text
    this.#changes.set(one.agent.name, { agent: one.agent.name, activity })
  }
}
