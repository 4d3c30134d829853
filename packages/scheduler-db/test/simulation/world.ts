import {
  appendEvent,
  claimJobs,
  completeJob,
  isStoreError,
  type Job,
  listSchedules,
  openStore,
  putSchedule,
  readEvents,
  type Store,
} from '../../src/index.ts'
import { readJobs, readSlots, type SeenJob } from './look.ts'
import { type Operations, shipped } from './operations.ts'

interface Holding {
  readonly id: string
  readonly token: number
  readonly worker: string
}

const leaseMs = 5_000
const everyMs = 10_000
const t0 = 1_800_000_000_000

/** What the promises say must be so, beside the store that must keep them. */
export class World {
  readonly trace: string[] = []
  broken: string | undefined
  readonly #store: Store
  readonly #do: Operations
  readonly #random: () => number
  readonly #now: { at: number }
  /** Jobs in the order of their making: what the trace calls them. */
  readonly #names = new Map<string, string>()
  readonly #succeeded = new Set<string>()
  readonly #holdings: Holding[] = []
  readonly #published: string[] = []
  readonly #seen: string[] = []
  #after = 0
  #lease: { owner: string; token: number; until: number } | undefined
  #wakeAt = t0
  /** The clock was set, so that lateness says nothing until the next look. */
  #isJumped = false
  #newestAt = t0
  #hasTicked = false
  #calls = 0

  private constructor(store: Store, operations: Operations, random: () => number, now: { at: number }) {
    this.#store = store
    this.#do = operations
    this.#random = random
    this.#now = now
  }

  static async open(random: () => number, operations: Operations): Promise<World> {
    const now = { at: t0 }
    const store = await openStore({ url: ':memory:', clock: () => now.at })
    const schedule = { kind: 'tick', queue: 'slots', payload: null, everyMs, anchorAt: t0 }
    await store.transaction(async (tx) => {
      await putSchedule(tx, { ...schedule, name: 'once' }, { now: t0 })
      await putSchedule(
        tx,
        { ...schedule, name: 'all', misfire: 'all', catchupWindowMs: 60_000 },
        { now: t0 },
      )
    })
    return new World(store, operations, random, now)
  }

  close(): Promise<void> {
    return this.#store.close()
  }

  /** Every other time the store's own way is taken, unless a bug is planted in place of the function. */
  #isAtOnce(name: 'claimJobs' | 'completeJob'): boolean {
    this.#calls += 1
    return this.#do[name] === shipped[name] && this.#calls % 2 === 0
  }

  async step(): Promise<void> {
    const roll = this.#random()
    if (roll < 0.2) await this.#enqueue()
    else if (roll < 0.42) await this.#claim()
    else if (roll < 0.6) await this.#finish()
    else if (roll < 0.66) this.#crash()
    else if (roll < 0.8) await this.#pass(this.#below(4_000))
    else if (roll < 0.84) await this.#pass(this.#below(90_000))
    else if (roll < 0.87) this.#jump(this.#below(200_000) - 100_000)
    else if (roll < 0.93) await this.#publish()
    else if (roll < 0.96) await this.#read()
    else await this.#useLease()
    await this.#check()
  }

  /** Time goes on until nothing waits; then all that was promised must have come. */
  async settle(): Promise<void> {
    this.#holdings.length = 0
    if (this.#newestAt > this.#now.at) this.#jump(this.#newestAt - this.#now.at)
    for (let round = 0; round < 50 && this.broken === undefined; round += 1) {
      await this.#pass(2_000)
      while (this.broken === undefined && (await this.#claim())) await this.#finish(true)
      await this.#check()
      if ((await readJobs(this.#store.db)).every(({ state }) => state === 'dead' || state === 'succeeded'))
        break
    }
    await this.#read()
    if (this.#seen.join() !== this.#published.join())
      this.#break('a reader of events missed one, or saw one that never was')
    await this.#checkSlots()
    const left = (await readJobs(this.#store.db)).filter(
      ({ state }) => state !== 'dead' && state !== 'succeeded',
    )
    if (left.length > 0) this.#break(`${left.length} jobs never ended`)
  }

  async #enqueue(): Promise<void> {
    const dueInMs = this.#random() < 0.4 ? this.#below(20_000) : 0
    const dedupeKey = this.#random() < 0.3 ? `key${this.#below(2)}` : undefined
    const now = this.#now.at
    const job = {
      queue: 'q',
      kind: 'k',
      payload: null,
      priority: this.#below(3),
      dueAt: now + dueInMs,
      maxAttempts: 1 + this.#below(3),
      backoff: { baseMs: 100, capMs: 2_000 },
      dedupeKey,
    }
    const { id, created } = await this.#store.transaction((tx) => this.#do.enqueueJob(tx, job, { now }))
    if (!created) {
      const present = (await readJobs(this.#store.db)).find((each) => each.id === id)
      const isWaiting = present?.state === 'scheduled' || present?.state === 'ready'
      if (!isWaiting) this.#break(`a job that is ${present?.state} stood in the way of a new one`)
    } else this.#names.set(id, `job ${this.#names.size + 1}`)
    this.#say(`${created ? 'enqueued' : 'found'} ${this.#name(id)}, due in ${dueInMs}`)
    // The insert wakes the scheduler, which looks anew at what is next.
    await this.#plan()
  }

  async #claim(): Promise<boolean> {
    const worker = `w${this.#below(3)}`
    const before = await readJobs(this.#store.db)
    const options = { queue: 'q', kinds: ['k'], owner: worker, leaseMs, limit: 1, now: this.#now.at }
    const [job] = this.#isAtOnce('claimJobs')
      ? await this.#store.claim(options)
      : await this.#store.transaction((tx) => this.#do.claimJobs(tx, options))
    if (job === undefined) return false
    this.#say(`${worker} claimed ${this.#name(job.id)}, attempt ${job.attempt}`)
    const was = before.find(({ id }) => id === job.id)
    if (was?.state !== 'ready') this.#break(`${this.#name(job.id)} was claimed while it was ${was?.state}`)
    if (job.attempt > job.maxAttempts) this.#break(`${this.#name(job.id)} was tried more often than allowed`)
    this.#checkOrder(job, before)
    await this.#plan()
    this.#holdings.push({ id: job.id, token: job.token, worker })
    return true
  }

  #checkOrder(job: Job, before: readonly SeenJob[]): void {
    const ready = before.filter(({ state }) => state === 'ready')
    if (ready.some(({ priority }) => priority > job.priority))
      this.#break('a more urgent job was passed over')
    const first = ready.find(({ priority }) => priority === job.priority)
    if (first !== undefined && first.id !== job.id)
      this.#break('an older job of the same priority was passed over')
  }

  /** A worker ends what it holds, whether it still holds it or was taken for lost long ago. */
  async #finish(isLast = false): Promise<void> {
    const index = isLast ? this.#holdings.length - 1 : this.#below(this.#holdings.length)
    const holding = this.#holdings.splice(index, 1)[0]
    if (holding === undefined) return
    const { id, token, worker } = holding
    const before = (await readJobs(this.#store.db)).find((each) => each.id === id)
    const isHeld = before?.state === 'running' && before.token === token
    const now = this.#now.at
    const fails = this.#random() < 0.35
    let accepted = true
    try {
      if (!fails && this.#isAtOnce('completeJob')) await this.#store.complete({ id, token, now })
      else
        await this.#store.transaction(async (tx) => {
          if (fails) await this.#do.failJob(tx, { id, token, now, error: 'no', random: () => 0.5 })
          else await this.#do.completeJob(tx, { id, token, now })
          // The process may die before its commit; the store then knows nothing of it.
          if (this.#random() < 0.1) throw new Error('killed before the commit')
        })
    } catch (error) {
      if (isStoreError(error, 'LEASE_LOST')) accepted = false
      else if (error instanceof Error && error.message.startsWith('killed'))
        return this.#say(`${worker} was killed`)
      else throw error
    }
    this.#say(
      `${worker} ${fails ? 'failed' : 'completed'} ${this.#name(id)}: ${accepted ? 'taken' : 'refused'}`,
    )
    if (accepted !== isHeld)
      this.#break(
        `a worker that did ${isHeld ? '' : 'not '}hold ${this.#name(id)} was ${accepted ? 'believed' : 'refused'}`,
      )
    if (accepted && !fails) this.#succeeded.add(id)
    await this.#plan()
  }

  #crash(): void {
    const holding = this.#holdings.splice(this.#below(this.#holdings.length), 1)[0]
    if (holding !== undefined) this.#say(`${holding.worker} died with ${this.#name(holding.id)}`)
  }

  /** Time passes; the scheduler wakes when it said it would, and at the latest after thirty seconds. */
  async #pass(ms: number): Promise<void> {
    const until = this.#now.at + ms
    let wakes = 0
    while (this.#wakeAt <= until && this.broken === undefined) {
      wakes += 1
      if (wakes > 500) this.#break('the scheduler never rests')
      this.#now.at = Math.max(this.#now.at, this.#wakeAt)
      await this.#tick()
      if (this.#wakeAt <= this.#now.at) this.#wakeAt = this.#now.at + 1
    }
    this.#now.at = until
    this.#newestAt = Math.max(this.#newestAt, until)
    this.#say(`${ms} ms passed`)
  }

  async #tick(): Promise<void> {
    const now = this.#now.at
    if (!this.#isJumped) {
      const late = (await readJobs(this.#store.db)).find(
        ({ state, dueAt }) => state === 'scheduled' && dueAt < now - 50,
      )
      if (late !== undefined)
        this.#break(`${this.#name(late.id)} was due ${now - late.dueAt} ms before anybody woke`)
    }
    this.#isJumped = false
    this.#hasTicked = true
    await this.#store.transaction(async (tx) => {
      await this.#do.rescueJobs(tx, { now, kinds: ['k', 'tick'] })
      await this.#do.fireDueSchedules(tx, { now })
      await this.#do.promoteDueJobs(tx, { now })
    })
    // Slots are done at once: the queue of workers is not what they are about.
    await this.#store.transaction(async (tx) => {
      const slots = { queue: 'slots', kinds: ['tick'], owner: 's', leaseMs, limit: 100, now }
      for (const { id, token } of await claimJobs(tx, slots)) {
        await completeJob(tx, { id, token, now })
      }
    })
    await this.#plan()
  }

  async #plan(): Promise<void> {
    const now = this.#now.at
    const next = await this.#do.nextDueAt(this.#store.db, { now })
    this.#wakeAt = now + Math.min(Math.max((next ?? now + 30_000) - now, 0), 30_000)
  }

  #jump(ms: number): void {
    this.#now.at += ms
    this.#newestAt = Math.max(this.#newestAt, this.#now.at)
    this.#isJumped = true
    // Whoever sleeps by the monotonic clock looks again soon after the wall clock was set.
    this.#wakeAt = this.#now.at + 1
    this.#say(`the clock jumped by ${ms}`)
  }

  async #publish(): Promise<void> {
    const subject = `e${this.#published.length}`
    const isUndone = this.#random() < 0.4
    const failed = await this.#store
      .transaction(async (tx) => {
        await appendEvent(tx, { stream: 's', kind: 'a:b', subject }, { now: this.#now.at })
        for (const event of await this.#do.readDuring(tx, this.#after)) this.#take(event)
        if (isUndone) throw new Error('undone')
      })
      .then(
        () => false,
        () => true,
      )
    if (!failed) this.#published.push(subject)
    this.#say(`${subject} ${failed ? 'undone' : 'published'}`)
  }

  async #read(): Promise<void> {
    for (const event of await readEvents(this.#store.db, { after: this.#after, limit: 1_000 }))
      this.#take(event)
  }

  #take(event: { readonly seq: number; readonly stream: string; readonly subject?: string }): void {
    this.#after = event.seq
    if (event.stream === 's') this.#seen.push(event.subject ?? '')
  }

  async #useLease(): Promise<void> {
    const now = this.#now.at
    const owner = `h${this.#below(2)}`
    const held = this.#lease
    if (held !== undefined && held.owner === owner && this.#random() < 0.5) {
      const renewed = await this.#store
        .transaction((tx) => this.#do.renewLease(tx, { name: 'l', token: held.token, now, ttlMs: 8_000 }))
        .then(
          () => true,
          () => false,
        )
      if (renewed !== held.until > now)
        this.#break(`a lease that ended ${now - held.until} ms ago was ${renewed ? 'honoured' : 'refused'}`)
      if (renewed) this.#lease = { ...held, until: now + 8_000 }
      return this.#say(`${owner} renewed: ${renewed}`)
    }
    const taken = await this.#store.transaction((tx) =>
      this.#do.acquireLease(tx, { name: 'l', owner, ttlMs: 8_000, now }),
    )
    const isFree = held === undefined || held.until <= now || held.owner === owner
    if ((taken !== undefined) !== isFree)
      this.#break(`${owner} ${isFree ? 'could not take' : 'took'} the lease`)
    if (taken !== undefined) this.#lease = { owner, token: taken.token, until: now + 8_000 }
    this.#say(`${owner} asked for the lease: ${taken?.token ?? 'no'}`)
  }

  /** What holds at every instant. */
  async #check(): Promise<void> {
    if (this.broken !== undefined) return
    const jobs = await readJobs(this.#store.db)
    const undone = jobs.find(({ id, state }) => this.#succeeded.has(id) && state !== 'succeeded')
    if (undone !== undefined)
      this.#break(`${this.#name(undone.id)} had succeeded, and is ${undone.state} now`)
    if (this.#hasTicked) {
      this.#hasTicked = false
      const slots = await readSlots(this.#store.db)
      if (new Set(slots).size !== slots.length) this.#break('a slot made two jobs')
    }
  }

  /** Each slot that went by made its job or was counted and recorded as skipped. */
  async #checkSlots(): Promise<void> {
    const slots = await readSlots(this.#store.db)
    const events = await readEvents(this.#store.db, { after: 0, stream: 'schedule', limit: 10_000 })
    for (const { name, nextAt, skippedCount } of await listSchedules(this.#store.db)) {
      const fired = slots.filter((slot) => slot.startsWith(name)).length
      const went = Math.round(((nextAt ?? t0) - t0) / everyMs) - 1
      if (fired + skippedCount !== went)
        this.#break(
          `${name}: ${went} slots went by, ${fired} fired and ${skippedCount} were counted as skipped`,
        )
      const recorded = events
        .filter(({ subject }) => subject === name)
        .reduce((sum, { data }) => sum + Number((data as { count?: number }).count ?? 0), 0)
      if (recorded !== skippedCount)
        this.#break(`${name}: ${skippedCount} slots were skipped, ${recorded} recorded`)
    }
  }

  #below(limit: number): number {
    return Math.floor(this.#random() * limit)
  }

  #name(id: string): string {
    return this.#names.get(id) ?? 'a job nobody knows'
  }

  #say(line: string): void {
    this.trace.push(line)
  }

  #break(what: string): void {
    this.broken ??= what
    this.trace.push(`BROKEN: ${what}`)
  }
}
