import type { InsertObject } from 'kysely'
import { StoreError } from './errors.ts'
import { newId } from './id.ts'
import type { Backoff } from './job.ts'
import type { Json } from './json.ts'
import { isLive, literal } from './literal.ts'
import { type Parameter, type QueryRunner, statement, tables } from './statement.ts'
import { runSteps, type Steps, step } from './steps.ts'
import type { JobState, SchedulerTables } from './tables.ts'

/** A job to be done: what, where, when, and how often it may fail. */
export interface NewJob {
  readonly queue: string
  /** What a worker must know to be given the job. */
  readonly kind: string
  readonly payload: Json
  /** Higher goes first. @defaultValue 0 */
  readonly priority?: number | undefined
  /** @defaultValue at once */
  readonly dueAt?: number | undefined
  /** A job that has not started by then is cancelled. @defaultValue never */
  readonly expiresAt?: number | undefined
  /** @defaultValue 5 */
  readonly maxAttempts?: number | undefined
  /** @defaultValue one second, doubled up to ten minutes */
  readonly backoff?: Backoff | undefined
  /** While a job with this key waits, no second one is made: the one that waits moves to the earlier time. */
  readonly dedupeKey?: string | undefined
  /** `live` also counts a job that is running. @defaultValue `pending` */
  readonly dedupe?: 'pending' | 'live' | undefined
  /** Of the jobs with this key only one runs at a time. */
  readonly concurrencyKey?: string | undefined
  /** Ids of jobs that must have succeeded before. */
  readonly needs?: readonly string[] | undefined
}

/** What a schedule adds. */
export interface Slot {
  readonly schedule: string
  readonly slotAt: number
}

export interface EnqueueOptions {
  readonly now: number
  readonly slot?: Slot
  /** @defaultValue a new one */
  readonly id?: string
}

/** The job that does the work, new or not. */
export interface Enqueued {
  readonly id: string
  /** `false`: a job with the same dedupe key was there already, and this is its id. */
  readonly created: boolean
}

export const jobDefaults: { readonly maxAttempts: number; readonly backoff: Backoff } = {
  maxAttempts: 5,
  backoff: { baseMs: 1_000, capMs: 600_000 },
}

export interface InsertJob {
  readonly id: string
  readonly queue: string
  readonly kind: string
  readonly payload: string
  readonly state: JobState
  readonly priority: number
  readonly dueAt: number
  readonly expiresAt: number | null
  readonly maxAttempts: number
  readonly baseMs: number
  readonly capMs: number
  readonly dedupeKey: string | null
  readonly concurrencyKey: string | null
  readonly depsLeft: number
  readonly schedule: string | null
  readonly slotAt: number | null
  readonly now: number
}

/** The row of one new job, each column bound by `p`. */
export function jobValues(p: Parameter<InsertJob>): InsertObject<SchedulerTables, 'job'> {
  return {
    id: p('id'),
    queue: p('queue'),
    kind: p('kind'),
    payload: p('payload'),
    state: p('state'),
    priority: p('priority'),
    due_at: p('dueAt'),
    expires_at: p('expiresAt'),
    max_attempts: p('maxAttempts'),
    backoff_base_ms: p('baseMs'),
    backoff_cap_ms: p('capMs'),
    dedupe_key: p('dedupeKey'),
    concurrency_key: p('concurrencyKey'),
    deps_left: p('depsLeft'),
    schedule: p('schedule'),
    slot_at: p('slotAt'),
    created_at: p('now'),
  }
}

const insertJob = statement<InsertJob, unknown>((p) => tables.insertInto('job').values(jobValues(p)))

/**
 * Makes a job that is durable when the transaction commits.
 *
 * @throws StoreError `NO_SUCH_JOB` for a needed job that does not exist or was cancelled; `BAD_INPUT`
 */
export async function enqueueJob(tx: QueryRunner, job: NewJob, options: EnqueueOptions): Promise<Enqueued> {
  return await runSteps(tx, enqueueSteps(job, options))
}

/** {@link enqueueJob}, to be run in one transaction. */
export function* enqueueSteps(job: NewJob, options: EnqueueOptions): Steps<Enqueued> {
  checkJob(job)
  const { now, slot } = options
  const present = yield* findDuplicate(job)
  if (present !== undefined) {
    const dueAt = job.dueAt ?? now
    if (dueAt < present.due_at) yield* step(moveEarlier, { id: present.id, dueAt })
    return { id: present.id, created: false }
  }
  const depsLeft = yield* countOpenNeeds(job.needs ?? [])
  const id = options.id ?? newId(now)
  yield* step(insertJob, toInsert(job, { id, depsLeft, now, slot }))
  for (const needs of new Set(job.needs)) yield* step(insertNeed, { id, needs })
  return { id, created: true }
}

export interface Facts {
  readonly id: string
  readonly depsLeft: number
  readonly now: number
  readonly slot: Slot | undefined
}

export function toInsert(job: NewJob, { id, depsLeft, now, slot }: Facts): InsertJob {
  const dueAt = job.dueAt ?? now
  const backoff = job.backoff ?? jobDefaults.backoff
  return {
    id,
    queue: job.queue,
    kind: job.kind,
    payload: JSON.stringify(job.payload),
    state: depsLeft > 0 ? 'blocked' : dueAt > now ? 'scheduled' : 'ready',
    priority: job.priority ?? 0,
    dueAt,
    expiresAt: job.expiresAt ?? null,
    maxAttempts: job.maxAttempts ?? jobDefaults.maxAttempts,
    baseMs: backoff.baseMs,
    capMs: backoff.capMs,
    dedupeKey: job.dedupeKey ?? null,
    concurrencyKey: job.concurrencyKey ?? null,
    depsLeft,
    schedule: slot?.schedule ?? null,
    slotAt: slot?.slotAt ?? null,
    now,
  }
}

export function checkJob(job: NewJob): void {
  const whole = [
    job.priority,
    job.dueAt,
    job.expiresAt,
    job.maxAttempts,
    job.backoff?.baseMs,
    job.backoff?.capMs,
  ]
  if (whole.some((value) => value !== undefined && !Number.isSafeInteger(value))) {
    throw new StoreError('BAD_INPUT', `a job's priority, times and attempts are whole numbers: ${job.kind}`)
  }
  if ((job.maxAttempts ?? 1) < 1)
    throw new StoreError('BAD_INPUT', `a job needs at least one attempt: ${job.kind}`)
}

interface Present {
  readonly id: string
  readonly due_at: number
}

const selectLive = statement<{ readonly key: string; readonly ignored: JobState | null }, Present>((p) =>
  tables
    .selectFrom('job')
    .select(['id', 'due_at'])
    .where('dedupe_key', '=', p('key'))
    .where('dedupe_key', 'is not', null)
    .where(isLive)
    .where('state', 'is distinct from', p('ignored'))
    .orderBy('seq', 'desc')
    .limit(literal(1)),
)

function* findDuplicate(job: NewJob): Steps<Present | undefined> {
  if (job.dedupeKey === undefined) return undefined
  const ignored = job.dedupe === 'live' ? null : 'running'
  return (yield* step(selectLive, { key: job.dedupeKey, ignored })).rows[0]
}

/** A job whose time is already past is ready, and `now` is never before it; so only `scheduled` ones move. */
const moveEarlier = statement<{ readonly id: string; readonly dueAt: number }, unknown>((p) =>
  tables
    .updateTable('job')
    .set({ due_at: p('dueAt') })
    .where('id', '=', p('id'))
    .where((eb) => eb('state', 'in', [literal('scheduled'), literal('blocked')])),
)

const insertNeed = statement<{ readonly id: string; readonly needs: string }, unknown>((p) =>
  tables.insertInto('job_dep').values({ job_id: p('id'), needs_id: p('needs') }),
)

/** Held until the commit: who completes the needed job meanwhile waits, and then counts this need down. */
const selectState = statement<{ readonly id: string }, { readonly state: JobState }>((p, { locksRows }) => {
  const needed = tables.selectFrom('job').select('state').where('id', '=', p('id'))
  return locksRows ? needed.forShare() : needed
})

function* countOpenNeeds(needs: readonly string[]): Steps<number> {
  let open = 0
  for (const id of new Set(needs)) {
    const state = (yield* step(selectState, { id })).rows[0]?.state
    if (state === undefined || state === 'cancelled') {
      const what = state === undefined ? 'does not exist' : 'was cancelled'
      throw new StoreError('NO_SUCH_JOB', `a needed job ${what}: ${id}`, { details: { id } })
    }
    if (state !== 'succeeded') open += 1
  }
  return open
}
