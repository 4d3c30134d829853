import { backoffMs } from './backoff.ts'
import { StoreError } from './errors.ts'
import type { Json } from './json.ts'
import { literal } from './literal.ts'
import { tell } from './scheduler-events.ts'
import { type Parameter, type QueryRunner, statement, tables } from './statement.ts'
import { runSteps, type Steps, step } from './steps.ts'

/** The attempt that a worker was given. */
export interface Held {
  readonly id: string
  readonly token: number
  readonly now: number
}

interface Complete extends Held {
  readonly result: string | null
}

const endedWell = (p: Parameter<Complete>) =>
  tables
    .updateTable('job')
    .set({
      state: literal('succeeded'),
      finished_at: p('now'),
      result: p('result'),
      lease_owner: null,
      lease_until: null,
    })
    .where('id', '=', p('id'))
    .where('state', '=', literal('running'))
    .where('lease_token', '=', p('token'))

const complete = statement<Complete, unknown>((p) => endedWell(p))

/**
 * The same for a job that nobody needs, which makes it a transaction of one statement. Only where writers wait for each other:
 * on PostgreSQL a need that is added meanwhile would not be seen.
 */
const completeUnneeded = statement<Complete, unknown>((p) =>
  endedWell(p).where((eb) =>
    eb.not(
      eb.exists(
        eb.selectFrom('job_dep').select(literal(1).as('one')).whereRef('job_dep.needs_id', '=', 'job.id'),
      ),
    ),
  ),
)

const countDown = statement<{ readonly id: string; readonly now: number }, unknown>((p) =>
  tables
    .updateTable('job')
    .set((eb) => ({
      deps_left: eb('deps_left', '-', literal(1)),
      state: eb
        .case()
        .when(eb.and([eb('state', '=', literal('blocked')), eb('deps_left', '=', literal(1))]))
        .then(
          eb.case().when('due_at', '<=', p('now')).then(literal('ready')).else(literal('scheduled')).end(),
        )
        .else(eb.ref('state'))
        .end(),
    }))
    .where('id', 'in', tables.selectFrom('job_dep').select('job_id').where('needs_id', '=', p('id')))
    .where('deps_left', '>', literal(0)),
)

/** The job, the token of its claim, and its result. */
export interface CompleteJobOptions extends Held {
  readonly result?: Json | undefined
}

/**
 * Ends a job well, and lets go those that needed it.
 *
 * @throws StoreError `LEASE_LOST` when it was taken from this worker, or is no longer running
 */
export async function completeJob(tx: QueryRunner, options: CompleteJobOptions): Promise<void> {
  await runSteps(tx, completeSteps(options))
}

/** {@link completeJob}, to be run in one transaction. */
export function* completeSteps(options: CompleteJobOptions): Steps<void> {
  if (!(yield* endWell(options))) throw leaseLost(options)
}

/** Completes a job that nobody needs with one statement; `false`, and nothing done, when it is needed or not held. */
export function* completeUnneededSteps(options: CompleteJobOptions): Steps<boolean> {
  return (yield* step(completeUnneeded, toComplete(options))).numAffectedRows === 1n
}

function toComplete({ id, token, now, result }: CompleteJobOptions): Complete {
  return { id, token, now, result: result === undefined ? null : JSON.stringify(result) }
}

/**
 * Ends several jobs well in one transaction, as {@link completeJob} does each. Answers the ids of those that were taken from this
 * worker or are no longer running: drop their results; the others stand.
 */
export async function completeJobs(
  tx: QueryRunner,
  jobs: readonly CompleteJobOptions[],
): Promise<readonly string[]> {
  return await runSteps(tx, completeAllSteps(jobs))
}

/** {@link completeJobs}, to be run in one transaction; `isAlone` when nobody else can write until its end. */
export function* completeAllSteps(
  jobs: readonly CompleteJobOptions[],
  isAlone = false,
): Steps<readonly string[]> {
  const lost: string[] = []
  for (const job of jobs) {
    const isDone = (isAlone && (yield* completeUnneededSteps(job))) || (yield* endWell(job))
    if (!isDone) lost.push(job.id)
  }
  return lost
}

/** `false` when the job is not held with this token; then nothing was changed. */
function* endWell(options: CompleteJobOptions): Steps<boolean> {
  const done = yield* step(complete, toComplete(options))
  if (done.numAffectedRows !== 1n) return false
  yield* step(countDown, { id: options.id, now: options.now })
  return true
}

const extend = statement<Held & { readonly until: number }, unknown>((p) =>
  tables
    .updateTable('job')
    .set({ lease_until: p('until') })
    .where('id', '=', p('id'))
    .where('state', '=', literal('running'))
    .where('lease_token', '=', p('token')),
)

/**
 * Says that the worker lives; do so each third of the lease.
 *
 * @throws StoreError `LEASE_LOST`
 */
export async function extendLease(
  tx: QueryRunner,
  options: Held & { readonly leaseMs: number },
): Promise<void> {
  const { id, token, now, leaseMs } = options
  const done = await extend(tx, { id, token, now, until: now + leaseMs })
  if (done.numAffectedRows !== 1n) throw leaseLost(options)
}

interface Attempt {
  readonly attempt: number
  readonly max_attempts: number
  readonly backoff_base_ms: number
  readonly backoff_cap_ms: number
  readonly kind: string
}

const selectAttempt = statement<{ readonly id: string; readonly token: number }, Attempt>((p) =>
  tables
    .selectFrom('job')
    .select(['attempt', 'max_attempts', 'backoff_base_ms', 'backoff_cap_ms', 'kind'])
    .where('id', '=', p('id'))
    .where('state', '=', literal('running'))
    .where('lease_token', '=', p('token')),
)

interface Fail extends Held {
  readonly state: 'scheduled' | 'dead'
  readonly dueAt: number
  readonly finishedAt: number | null
  readonly error: string
}

const fail = statement<Fail, unknown>((p) =>
  tables
    .updateTable('job')
    .set({
      state: p('state'),
      due_at: p('dueAt'),
      finished_at: p('finishedAt'),
      last_error: p('error'),
      lease_owner: null,
      lease_until: null,
    })
    .where('id', '=', p('id'))
    .where('state', '=', literal('running'))
    .where('lease_token', '=', p('token')),
)

/** The job, the token of its claim, and what went wrong. */
export interface FailJobOptions extends Held {
  /** Kept with the job, cut at 4096 characters. */
  readonly error: string
  /** In [0, 1). @defaultValue `Math.random()` */
  readonly random?: (() => number) | undefined
  /** The next attempt's time in place of the backoff, as when a limit's end is known. */
  readonly retryAt?: number | undefined
  /** No further attempt helps. @defaultValue false */
  readonly final?: boolean | undefined
}

/**
 * Ends an attempt badly: the job waits for the next one, or is dead after its last.
 *
 * @throws StoreError `LEASE_LOST`
 */
export async function failJob(tx: QueryRunner, options: FailJobOptions): Promise<'scheduled' | 'dead'> {
  const { id, token, now } = options
  const job = (await selectAttempt(tx, { id, token })).rows[0]
  if (job === undefined) throw leaseLost(options)
  const state = options.final === true || job.attempt >= job.max_attempts ? 'dead' : 'scheduled'
  const backoff = { baseMs: job.backoff_base_ms, capMs: job.backoff_cap_ms }
  const dueAt = options.retryAt ?? now + backoffMs(backoff, job.attempt, (options.random ?? Math.random)())
  const error = options.error.slice(0, 4096)
  await fail(tx, { id, token, now, state, dueAt, finishedAt: state === 'dead' ? now : null, error })
  if (state === 'dead') {
    const data = { kind: job.kind, attempt: job.attempt, error }
    await tell(tx, 'job:died', { subject: id, data, now })
  }
  return state
}

const release = statement<Held, unknown>((p) =>
  tables
    .updateTable('job')
    .set((eb) => ({
      state: literal('ready'),
      max_attempts: eb('max_attempts', '+', literal(1)),
      lease_owner: null,
      lease_until: null,
    }))
    .where('id', '=', p('id'))
    .where('state', '=', literal('running'))
    .where('lease_token', '=', p('token')),
)

/**
 * Gives a job back unfinished, as a worker does that is told to end: it is ready at once, and this attempt does not
 * count against it (`maxAttempts` rises by one, as `attempt` counts every start).
 *
 * @throws StoreError `LEASE_LOST`
 */
export async function releaseJob(tx: QueryRunner, held: Held): Promise<void> {
  const done = await release(tx, held)
  if (done.numAffectedRows !== 1n) throw leaseLost(held)
}

function leaseLost({ id, token }: Held): StoreError {
  return new StoreError('LEASE_LOST', `the job is not held with token ${token}: ${id}`, {
    hint: 'drop the result; another worker has the job, or it has ended',
    details: { id, token },
  })
}
