import { join } from 'node:path'
import { act } from './act.ts'
import { ActivityWatch } from './activity-watch.ts'
import { Adapters } from './adapters.ts'
import { AgentEars } from './agent-ears.ts'
import { Alarm } from './alarm.ts'
import { Changes } from './changes.ts'
import type { Delivery, Desired } from './command-map.ts'
import { claimDeliveries, deliverClaimed } from './deliveries.ts'
import { diff } from './diff.ts'
import type { Engine, EngineOptions, EngineStatus } from './engine-options.ts'
import { closeSession } from './halt.ts'
import { lookAtTmux, observe, type TmuxSight } from './observe.ts'
import { PermissionDesk } from './permission-desk.ts'
import type { EngineRequest, VerbRequest, VerbResult } from './protocol.ts'
import { Repositories } from './repositories.ts'
import { handleRequest } from './requests.ts'
import { JobRunner } from './run-jobs.ts'
import { describeError, type Runtime } from './runtime.ts'
import { TmuxHandle } from './tmux-handle.ts'
import { runVerb } from './verbs.ts'

/** Starts the loop: observe, diff, act, level-triggered. Closing it leaves tmux, worktrees and agents alone. */
export async function startEngine(options: EngineOptions): Promise<Engine> {
  const engine = new Loop(options)
  await options.ledger.command('host.register', { owner: options.owner })
  engine.start()
  return engine
}

const startingLookMs = 100
const passesAtOnce = 6
const deliveriesAtOnce = 64
const sleepMaxMs = 30_000
const readyMs = 10_000

class Loop implements Engine {
  readonly #options: EngineOptions
  readonly #abort: AbortController = new AbortController()
  readonly #changes: Changes = new Changes()
  readonly #alarm: Alarm = new Alarm()
  readonly #tmux: TmuxHandle
  readonly #adapters: Adapters
  readonly #repositories: Repositories = new Repositories()
  readonly #runtime: Runtime
  readonly #jobs: JobRunner
  readonly #ears: AgentEars = new AgentEars()
  readonly #desk: PermissionDesk
  readonly #watch: ActivityWatch
  #loop: Promise<void> = Promise.resolve()
  #claiming: Promise<void> | undefined
  /** Each on its own way: one that waits for its agent holds up nobody else's. */
  readonly #delivering: Set<Promise<void>> = new Set()
  #isDeliveryDue = true
  #isJobDue = true
  readonly #dirty: Set<string> = new Set()
  readonly #busy: Map<string, Promise<void>> = new Map()
  /** When each orchestration's last pass ended: a look that began before that is too old for the next one. */
  readonly #endedAt: Map<string, number> = new Map()
  /** Failed passes in a row, and before when the next one is not made. */
  readonly #failures: Map<string, number> = new Map()
  readonly #notBefore: Map<string, number> = new Map()
  #live: readonly string[] = []
  #starting: Set<string> = new Set()
  #prints: Map<string, string> = new Map()
  #compared: TmuxSight | undefined
  #nextDueAt: number | null = null
  #passes = 0
  #actions = 0
  #deliveries = 0
  #lookedAt: number | null = null

  constructor(options: EngineOptions) {
    this.#options = options
    this.#tmux = new TmuxHandle(options, () => this.#lookSoon())
    this.#adapters = new Adapters(options, () => this.#rouseStarting())
    this.#runtime = this.#createRuntime(options)
    this.#jobs = new JobRunner(this.#runtime)
    const rouse = (): void => this.#alarm.rouse()
    this.#desk = new PermissionDesk(this.#runtime, this.#ears, rouse, options.answerAgainMs)
    this.#watch = new ActivityWatch(this.#runtime, this.#ears, options.watchEveryMs)
  }

  start(): void {
    this.#loop = this.#run()
  }

  async handle(request: EngineRequest, options: { readonly signal?: AbortSignal } = {}): Promise<unknown> {
    return await handleRequest(this.#runtime, request, options)
  }

  async verb(request: VerbRequest): Promise<VerbResult> {
    return await runVerb(this.#runtime, request)
  }

  wake(): void {
    for (const id of this.#live) this.#dirty.add(id)
    this.#isJobDue = true
    this.#isDeliveryDue = true
    this.#alarm.rouse()
  }

  status(): EngineStatus {
    return {
      live: this.#live,
      passes: this.#passes,
      actions: this.#actions,
      deliveries: this.#deliveries,
      jobsRunning: this.#jobs.running,
      tmux: this.#tmux.status(),
      lookedAt: this.#lookedAt,
    }
  }

  async close(): Promise<void> {
    if (this.#abort.signal.aborted) return
    this.#abort.abort(new Error('the engine is closing'))
    this.#alarm.rouse()
    await this.#loop
    const { pastings, preparations } = this.#runtime
    const preparing = [...preparations.values()].map(({ done }) => done)
    await Promise.allSettled([...this.#busy.values(), this.#claiming, this.#jobs.drain(), ...preparing])
    await Promise.allSettled(this.#delivering)
    await Promise.allSettled(pastings.values())
    await this.#desk.close()
    await this.#watch.close()
    this.#ears.close()
    this.#adapters.close()
    await this.#tmux.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  #createRuntime(options: EngineOptions): Runtime {
    const { ledger, home, host, owner, binDir, env } = options
    const changes = this.#changes
    return {
      ledger: changes.watch(ledger),
      home,
      host,
      owner,
      binDir,
      env,
      signal: this.#abort.signal,
      pastings: new Map(),
      preparations: new Map(),
      now: options.clock ?? Date.now,
      log: (entry) => options.log(entry),
      tmux: () => this.#tmux.open(),
      runningTmux: () => this.#tmux.openRunning(),
      adapter: (program) => this.#adapters.get(program),
      repository: (path) => this.#repositories.open(path),
      folder: (id, agent) => join(home, 'orchestrations', id, ...(agent === undefined ? [] : [agent])),
      closeSession: (desired) => closeSession(this.#runtime, desired.orchestration),
      nextChange: (id, maxMs, signal) => changes.next(id, maxMs, signal),
      wake: (what) => {
        if (what.id !== undefined) this.#dirty.add(what.id)
        if (what.jobs === true) this.#isJobDue = true
        if (what.deliveries === true) this.#isDeliveryDue = true
        this.#alarm.rouse()
      },
    }
  }

  #lookSoon(): void {
    for (const id of this.#live) this.#dirty.add(id)
    this.#alarm.rouse()
  }

  /** A program moved: only teams that wait for proof have to be looked at. */
  #rouseStarting(): void {
    if (this.#starting.size === 0) return
    for (const id of this.#starting) this.#dirty.add(id)
    this.#alarm.rouse()
  }

  async #run(): Promise<void> {
    const { signal } = this.#abort
    let pauseMs = 0
    await this.#untilReady()
    while (!signal.aborted) {
      await this.#alarm.sleep(pauseMs)
      if (signal.aborted) break
      try {
        await this.#turn()
        pauseMs = this.#pause()
      } catch (error) {
        if (signal.aborted) break
        this.#options.log({ level: 'error', event: 'engine:turn-failed', error: describeError(error) })
        pauseMs = 1000
      }
    }
  }

  async #untilReady(): Promise<void> {
    const { signal } = this.#abort
    // not AbortSignal.any(): Node 20 may collect what it is made of, and then it never fires
    let end = (): void => undefined
    const over = new Promise<void>((resolve) => {
      end = resolve
    })
    const timer = setTimeout(end, readyMs)
    signal.addEventListener('abort', end)
    await Promise.race([Promise.resolve(this.#options.ready).catch(() => undefined), over])
    clearTimeout(timer)
    signal.removeEventListener('abort', end)
  }

  #pause(): number {
    const now = this.#runtime.now()
    const due = this.#nextDueAt === null ? sleepMaxMs : Math.max(0, this.#nextDueAt - now)
    const look =
      this.#starting.size > 0
        ? startingLookMs
        : this.#live.length > 0
          ? (this.#options.lookEveryMs ?? 2000)
          : sleepMaxMs
    return Math.min(due, look, sleepMaxMs)
  }

  async #turn(): Promise<void> {
    const now = this.#runtime.now()
    if (this.#isJobDue || (this.#nextDueAt !== null && this.#nextDueAt <= now)) await this.#turnJobs()
    if (this.#isDeliveryDue) this.#deliver()
    if (this.#live.length === 0 && this.#dirty.size === 0) return
    const lookedFrom = performance.now()
    const sight = await lookAtTmux(this.#runtime)
    this.#lookedAt = now
    this.#desk.look(sight)
    this.#watch.look(sight)
    this.#compare(sight)
    for (const id of this.#dirty) {
      if (this.#busy.size >= passesAtOnce) break
      if (this.#busy.has(id)) continue
      if ((this.#notBefore.get(id) ?? 0) > performance.now()) {
        this.#dirty.delete(id)
        continue
      }
      if ((this.#endedAt.get(id) ?? 0) > lookedFrom) {
        this.#alarm.rouse()
        continue
      }
      this.#dirty.delete(id)
      this.#startPass(id, sight)
    }
  }

  /** Whose panes changed gets a pass, and who waits for proof. */
  #compare(sight: TmuxSight): void {
    for (const id of this.#starting) this.#dirty.add(id)
    if (sight === this.#compared) return
    this.#compared = sight
    for (const id of this.#live) {
      const print = fingerprint(sight, id)
      if (this.#prints.get(id) !== print) this.#dirty.add(id)
      this.#prints.set(id, print)
    }
  }

  async #turnJobs(): Promise<void> {
    this.#isJobDue = false
    const { ledger } = this.#runtime
    const { nextDueAt } = await ledger.command('jobs.tick', null)
    this.#nextDueAt = nextDueAt
    const { ids } = await ledger.query('live', null)
    for (const id of ids) if (!this.#live.includes(id)) this.#dirty.add(id)
    this.#live = ids
    this.#isDeliveryDue = true
    await this.#jobs.claim()
  }

  #deliver(): void {
    const room = deliveriesAtOnce - this.#delivering.size
    if (this.#claiming || room <= 0) return
    this.#isDeliveryDue = false
    this.#claiming = claimDeliveries(this.#runtime, room)
      .then((claimed) => {
        for (const delivery of claimed) this.#send(delivery)
      })
      .catch((error: unknown) => this.#deliveryFailed(error))
      .finally(() => {
        this.#claiming = undefined
        if (this.#isDeliveryDue) this.#alarm.rouse()
      })
  }

  #send(delivery: Delivery): void {
    const sending = deliverClaimed(this.#runtime, delivery)
      .catch((error: unknown) => this.#deliveryFailed(error))
      .finally(() => {
        this.#delivering.delete(sending)
        this.#deliveries += 1
        // The next one to the same agent.
        this.#isDeliveryDue = true
        this.#alarm.rouse()
      })
    this.#delivering.add(sending)
  }

  #deliveryFailed(error: unknown): void {
    if (this.#abort.signal.aborted) return
    this.#options.log({ level: 'error', event: 'deliveries:failed', error: describeError(error) })
  }

  #startPass(id: string, sight: TmuxSight): void {
    const pass = this.#pass(id, sight)
      .catch((error: unknown) => {
        if (this.#abort.signal.aborted) return
        this.#options.log({ level: 'error', event: 'pass:failed', id, error: describeError(error) })
        this.#lookAgain(id)
      })
      .finally(() => {
        this.#busy.delete(id)
        this.#endedAt.set(id, performance.now())
        if (this.#dirty.size > 0) this.#alarm.rouse()
      })
    this.#busy.set(id, pass)
  }

  /** A pass that could not be ended is made again, later each time. */
  #lookAgain(id: string): void {
    const failures = (this.#failures.get(id) ?? 0) + 1
    this.#failures.set(id, failures)
    const waitMs = Math.min(500 * 2 ** (failures - 1), sleepMaxMs)
    this.#notBefore.set(id, performance.now() + waitMs)
    setTimeout(() => this.#runtime.wake({ id }), waitMs + 1).unref()
  }

  /** One look at one orchestration, and what follows from it; another one follows until nothing is left to do. */
  async #pass(id: string, sight: TmuxSight): Promise<void> {
    // Before what is wanted is read: a preparation that ends in between would be made once more.
    const preparing = new Set(this.#runtime.preparations.keys())
    const desired = await this.#runtime.ledger.query('desired', { id })
    this.#passes += 1
    if (!desired) {
      this.#forget(id)
      return
    }
    const observed = await observe(this.#runtime, desired, { sight, preparing })
    const actions = diff(desired, observed, this.#runtime.now())
    this.#follow(id, desired)
    if (actions.length > 0) {
      this.#actions += actions.length
      await act(this.#runtime, { desired, sight }, actions)
      // Waiting for a process to end asks for its next look by itself.
      if (actions.some((action) => action.kind !== 'end-process')) this.#dirty.add(id)
    }
    this.#failures.delete(id)
  }

  /** Keeps the lists of what is live and of who waits for proof. */
  #follow(id: string, desired: Desired): void {
    const { state } = desired.orchestration
    this.#desk.follow(desired)
    this.#watch.follow(desired)
    if (state === 'completed' || state === 'failed' || state === 'stopped') {
      this.#forget(id)
      return
    }
    if (!this.#live.includes(id)) this.#live = [...this.#live, id]
    const waits = desired.agents.some((agent) => agent.state === 'starting' || agent.state === 'planned')
    if (waits) this.#starting.add(id)
    else this.#starting.delete(id)
  }

  #forget(id: string): void {
    this.#live = this.#live.filter((candidate) => candidate !== id)
    this.#desk.forget(id)
    this.#watch.forget(id)
    this.#starting.delete(id)
    this.#prints.delete(id)
    this.#endedAt.delete(id)
    this.#failures.delete(id)
    this.#notBefore.delete(id)
  }
}

/** What of the server concerns one orchestration; unchanged means that nothing has to be looked at again. */
function fingerprint(sight: TmuxSight, id: string): string {
  if (!sight.known) return 'unknown'
  const panes = sight.panes.get(id) ?? []
  return panes.map((pane) => `${pane.agent}:${pane.pane}:${pane.pid}:${pane.dead}`).join('\n')
}
