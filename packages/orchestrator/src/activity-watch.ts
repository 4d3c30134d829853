import type { Activity, ActivitySource, ActivityState } from '@tmux-orchestrator/agents'
import type { AgentEars } from './agent-ears.ts'
import { agentHandle } from './agent-handle.ts'
import type { AgentKey, CommandMap, Desired } from './command-map.ts'
import { DueLooks } from './due-looks.ts'
import type { PaneSight, TmuxSight } from './observe.ts'
import { readUsage } from './read-usage.ts'
import { describeError, type Runtime } from './runtime.ts'
import type { AgentRow } from './tables.ts'

const defaultEveryMs = 2_000
/** Who does not work is looked at so much less often. */
const restFactor = 2.5
/** A gap that is longer belongs to no activity: the machine slept, or nobody looked. */
const gapFactor = 5
/** Time that was seen is written down at the latest after this, so that a crash loses no more. */
const writeEveryMs = 60_000

/** What changes one of these is heard; an API, a transcript or a screen is asked each time. */
const heardSources: ReadonlySet<ActivitySource> = new Set(['status-file', 'hook', 'title'])

interface Seat {
  readonly desired: Desired
  readonly agent: AgentRow
}

/** What this process remembers of one agent between two looks; instants are monotonic. */
interface Memory {
  nextAt: number
  lookedAt: number
  state: ActivityState | undefined
  /** What was last written of its limit; `undefined`: nothing since this process began. */
  limit: string | undefined
  /** Likewise of its error. */
  error: string | undefined
  spent: Map<ActivityState, number>
  writtenAt: number
}

/** None of these tells that a limit or an error is over. */
const silent: ReadonlySet<ActivityState> = new Set(['unknown', 'starting', 'exited'])

/** Looks at what agents do, and writes down for how long, what it cost, and the limits and errors that hold them up. */
export class ActivityWatch {
  readonly #runtime: Runtime
  readonly #ears: AgentEars
  readonly #looks: DueLooks
  readonly #everyMs: number
  readonly #teams: Map<string, readonly Seat[]> = new Map()
  readonly #memories: Map<string, Memory> = new Map()
  readonly #busy: Map<string, Promise<void>> = new Map()

  constructor(runtime: Runtime, ears: AgentEars, everyMs: number = defaultEveryMs) {
    this.#runtime = runtime
    this.#ears = ears
    this.#looks = new DueLooks(ears)
    this.#everyMs = everyMs
  }

  follow(desired: Desired): void {
    const seats = desired.agents.map((agent) => ({ desired, agent }))
    this.#teams.set(desired.orchestration.id, seats)
  }

  forget(id: string): void {
    for (const seat of this.#teams.get(id) ?? []) this.#leave(seat)
    this.#teams.delete(id)
  }

  /** Begins to look at every agent whose turn it is; waits for none. */
  look(sight: TmuxSight): void {
    if (!sight.known) return
    const now = performance.now()
    for (const [id, seats] of this.#teams) {
      for (const seat of seats) {
        const panes = sight.panes.get(id) ?? []
        const pane = panes.find((one) => one.agent === seat.agent.name && !one.dead)
        if (!pane) this.#leave(seat)
        else if (!this.#isAsBefore(seat, pane, now)) this.#begin(seat, () => this.#serve(seat, pane))
      }
    }
  }

  /** Whether there is nothing to do for it: its turn has not come, or nothing was heard of it and its time is counted here. */
  #isAsBefore(seat: Seat, pane: PaneSight, now: number): boolean {
    const key = keyOf(seat)
    const memory = this.#memories.get(key)
    if (memory?.state === undefined) return false
    if (memory.nextAt > now) return true
    if (now - memory.writtenAt >= writeEveryMs || this.#looks.isDue(key, printOf(pane))) return false
    this.#remember(memory, memory.state, now)
    return true
  }

  /** When every look that began has ended. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#busy.values())
  }

  /** Writes down what was seen since it was last written. */
  async close(): Promise<void> {
    await this.settled()
    const seats = [...this.#teams.values()].flat()
    await Promise.allSettled(seats.map((seat) => this.#write(seat, this.#memories.get(keyOf(seat)))))
  }

  #begin(seat: Seat, act: () => Promise<void>): void {
    const key = keyOf(seat)
    if (this.#busy.has(key)) return
    const work = act()
      .catch((error: unknown) => {
        if (this.#runtime.signal.aborted) return
        const said = describeError(error)
        this.#runtime.log({ level: 'warn', event: 'activity:failed', agent: key, error: said })
      })
      .finally(() => this.#busy.delete(key))
    this.#busy.set(key, work)
  }

  /** What a program notes as it ends is read once it is gone. */
  #leave(seat: Seat): void {
    const key = keyOf(seat)
    const look = this.#busy.get(key)
    if (look) {
      void look.then(() => this.#leave(seat))
      return
    }
    this.#looks.forget(key)
    this.#ears.leave(key)
    const memory = this.#memories.get(key)
    if (!memory) return
    this.#memories.delete(key)
    this.#begin(seat, async () => {
      await this.#write(seat, memory)
      await readUsage(this.#runtime, seat.desired, seat.agent)
    })
  }

  async #serve(seat: Seat, pane: PaneSight): Promise<void> {
    const { agent, desired } = seat
    const key = keyOf(seat)
    const activity = await this.#read(seat, pane)
    const now = performance.now()
    const memory = this.#memories.get(key) ?? begin(now)
    this.#memories.set(key, memory)
    const before = memory.state
    const state = activity?.state ?? before ?? 'unknown'
    this.#remember(memory, state, now)
    if (activity !== undefined && !silent.has(activity.state)) {
      await this.#noteLimit(seat, memory, activity)
      await this.#noteError(seat, memory, activity)
    }
    const isDue = now - memory.writtenAt >= writeEveryMs
    if (before !== state || isDue) await this.#write(seat, memory)
    if (before === undefined || (before === 'working' && (before !== state || isDue))) {
      await readUsage(this.#runtime, desired, agent)
    }
  }

  /** What the agent does; `undefined` for what it did before, when nothing was heard of it since. */
  async #read(seat: Seat, pane: PaneSight): Promise<Activity | undefined> {
    const key = keyOf(seat)
    const adapter = this.#runtime.adapter(seat.desired.orchestration.program)
    const handle = agentHandle(this.#runtime, seat.agent, pane)
    const print = printOf(pane)
    this.#ears.listen(key, adapter, handle)
    if (this.#memories.has(key) && !this.#looks.isDue(key, print)) return undefined
    this.#looks.begin(key, print)
    const activity = await adapter.activity(handle, {
      dead: pane.dead,
      title: pane.title,
      screen: async () => (await (await this.#runtime.tmux()).capture(pane.pane, { attributes: true })).text,
    })
    if (this.#ears.hears(key) && isSettled(activity)) this.#looks.end(key)
    return activity
  }

  #remember(memory: Memory, state: ActivityState, now: number): void {
    const pauseMs = memory.state === 'working' ? this.#everyMs : this.#everyMs * restFactor
    const elapsedMs = now - memory.lookedAt
    if (memory.state !== undefined && elapsedMs <= pauseMs * gapFactor) {
      memory.spent.set(memory.state, (memory.spent.get(memory.state) ?? 0) + elapsedMs)
    }
    memory.state = state
    memory.lookedAt = now
    memory.nextAt = now + (state === 'working' ? this.#everyMs : this.#everyMs * restFactor)
  }

  async #noteLimit({ agent }: Seat, memory: Memory, activity: Activity): Promise<void> {
    const key = { id: agent.orchestration_id, name: agent.name }
    const print = limitOf(activity)
    if (memory.limit === print) return
    if (activity.state === 'limited') {
      await this.#runtime.ledger.command('limit.seen', {
        ...key,
        resetAt: activity.resetAt ?? null,
        continuesItself: activity.continuesItself ?? false,
        detail: activity.detail ?? null,
        ...(isRecorded(activity) && { hitAt: activity.at }),
      })
      this.#runtime.wake({ jobs: true })
    } else {
      await this.#runtime.ledger.command('limit.over', key)
    }
    memory.limit = print
  }

  async #noteError({ agent }: Seat, memory: Memory, activity: Activity): Promise<void> {
    const key = { id: agent.orchestration_id, name: agent.name }
    const error = errorOf(activity)
    const print = error === undefined ? 'none' : `${error.kind} ${error.hitAt ?? '-'}`
    if (memory.error === print) return
    if (error === undefined) await this.#runtime.ledger.command('error.over', key)
    else {
      const { told } = await this.#runtime.ledger.command('error.seen', { ...key, ...error })
      if (!told) return
    }
    memory.error = print
  }

  async #write({ agent }: Seat, memory: Memory | undefined): Promise<void> {
    if (!memory) return
    memory.writtenAt = performance.now()
    if (memory.spent.size === 0) return
    const ms = Object.fromEntries(memory.spent)
    memory.spent = new Map()
    const key = { id: agent.orchestration_id, name: agent.name }
    await this.#runtime.ledger.command('activity.spent', { ...key, ms })
  }
}

function begin(now: number): Memory {
  return {
    nextAt: 0,
    lookedAt: now,
    state: undefined,
    limit: undefined,
    error: undefined,
    spent: new Map(),
    writtenAt: now,
  }
}

/** Whether it stays so until something is heard. `idle` is believed at the second look only. */
function isSettled(activity: Activity): boolean {
  const { state, source, others } = activity
  if (state === 'unknown' || source === 'title') return false
  if (state !== 'idle' && others.some((other) => other.state === 'idle')) return false
  return [activity, ...others].every((signal) => heardSources.has(signal.source))
}

/** Whether its instant is that of the turn's end, and not of the look. */
function isRecorded({ source }: Activity): boolean {
  return source === 'transcript' || source === 'hook'
}

/** What holds the agent up until somebody helps. */
function errorOf(activity: Activity): Omit<CommandMap['error.seen']['args'], keyof AgentKey> | undefined {
  const detail = activity.detail ?? null
  if (activity.state === 'stuck') return { kind: 'stuck', detail }
  if (activity.state !== 'error') return undefined
  return { kind: activity.error, detail, ...(isRecorded(activity) && { hitAt: activity.at }) }
}

function limitOf(activity: Activity): string {
  if (activity.state !== 'limited') return 'none'
  return `${activity.resetAt ?? '-'} ${activity.continuesItself ?? false} ${activity.at}`
}

/** What of the pane bears on the answer. */
function printOf({ pane, pid, title }: PaneSight): string {
  return `${pane} ${pid} ${title}`
}

function keyOf({ agent }: Seat): string {
  return `${agent.orchestration_id}/${agent.name}`
}
