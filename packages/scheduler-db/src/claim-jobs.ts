import { type RawBuilder, sql } from 'kysely'
import { expireJobs } from './change-job.ts'
import { StoreError } from './errors.ts'
import { type Job, type JobRow, toJob } from './job.ts'
import { literal, rowLimit } from './literal.ts'
import { type QueryRunner, type Statement, statement, tables } from './statement.ts'
import { runSteps, type Steps, step } from './steps.ts'

/** Who takes how many jobs, of which kinds, and for how long. */
export interface ClaimJobsOptions {
  readonly queue: string
  /** The kinds this worker knows; others are never given to it. */
  readonly kinds: readonly string[]
  /** Who works; unique per process and start, see `processOwner`. */
  readonly owner: string
  /** The worker is taken for lost when it has not extended the lease for so long. */
  readonly leaseMs: number
  readonly limit: number
  readonly now: number
}

/**
 * Takes ready jobs, the most urgent first; empty when there are none. Each comes with a fencing token that settling
 * it demands.
 */
export async function claimJobs(tx: QueryRunner, options: ClaimJobsOptions): Promise<readonly Job[]> {
  return await runSteps(tx, claimSteps(options))
}

/** {@link claimJobs}, one statement at most. */
export function* claimSteps(options: ClaimJobsOptions): Steps<readonly Job[]> {
  const { kinds, now, leaseMs, queue, owner, limit } = options
  if (kinds.length === 0 || limit < 1) return []
  if (leaseMs <= 0) throw new StoreError('BAD_INPUT', `a lease needs a duration: ${leaseMs}`)
  const claim: Claim = { queue, owner, limit, now, until: now + leaseMs }
  for (const [index, kind] of kinds.entries()) claim[`kind${index}`] = kind
  const { rows } = yield* step(claimStatement(kinds.length, limit === 1), claim)
  // RETURNING promises no order.
  return rows.toSorted((a, b) => b.priority - a.priority || a.seq - b.seq).map(toJob)
}

interface Claim {
  readonly queue: string
  readonly owner: string
  readonly limit: number
  readonly now: number
  readonly until: number
  [kind: `kind${number}`]: string
}

const statements = new Map<string, Statement<Claim, JobRow>>()

function claimStatement(kindCount: number, isOne: boolean): Statement<Claim, JobRow> {
  const key = `${kindCount} ${isOne}`
  let known = statements.get(key)
  if (known === undefined) {
    known = buildClaim(kindCount, isOne)
    statements.set(key, known)
  }
  return known
}

function buildClaim(kindCount: number, isOne: boolean): Statement<Claim, JobRow> {
  return statement<Claim, JobRow>((p, { locksRows }) => {
    const kinds = (): RawBuilder<string>[] =>
      Array.from({ length: kindCount }, (_, index) => p(`kind${index}`))
    const unexpired = (table: 'job' | 'first'): RawBuilder<boolean> =>
      sql`(${sql.ref(`${table}.expires_at`)} is null or ${sql.ref(`${table}.expires_at`)} > ${p('now')})`
    const next = tables
      .selectFrom('job')
      .select('job.seq')
      .where('job.state', '=', literal('ready'))
      .where('job.queue', '=', p('queue'))
      .where('job.kind', 'in', kinds())
      .where(unexpired('job'))
      .where((eb) =>
        eb.or([
          eb('job.concurrency_key', 'is', null),
          eb.and([
            eb.not(
              eb.exists(
                eb
                  .selectFrom('job as other')
                  .select(literal(1).as('one'))
                  .where('other.state', '=', literal('running'))
                  .where('other.concurrency_key', 'is not', null)
                  .whereRef('other.concurrency_key', '=', 'job.concurrency_key'),
              ),
            ),
            // Of several that wait under one key only the first: one statement must not start two of them.
            eb(
              'job.seq',
              '=',
              eb
                .selectFrom('job as first')
                .select('first.seq')
                .where('first.state', '=', literal('ready'))
                .where('first.concurrency_key', 'is not', null)
                .whereRef('first.concurrency_key', '=', 'job.concurrency_key')
                .where('first.queue', '=', p('queue'))
                .where('first.kind', 'in', kinds())
                .where(unexpired('first'))
                .orderBy('first.priority', 'desc')
                .orderBy('first.seq')
                .limit(literal(1)),
            ),
          ]),
        ]),
      )
      .orderBy('job.priority', 'desc')
      .orderBy('job.seq')
      .limit(isOne ? literal(1) : rowLimit(p('limit')))
    const chosen = locksRows ? next.forUpdate('job').skipLocked() : next
    return (
      tables
        .updateTable('job')
        .set((eb) => ({
          state: literal('running'),
          attempt: eb('attempt', '+', literal(1)),
          lease_token: eb('lease_token', '+', literal(1)),
          lease_owner: p('owner'),
          lease_until: p('until'),
          started_at: p('now'),
        }))
        // SQLite would keep even a single one in a table for IN.
        .where('seq', isOne ? '=' : 'in', chosen)
        .returningAll()
    )
  })
}

/** The time up to which jobs become ready. */
export interface PromoteOptions {
  readonly now: number
  /** @defaultValue 500 */
  readonly limit?: number
}

const promote = statement<{ readonly now: number; readonly limit: number }, unknown>((p, { locksRows }) => {
  const due = tables
    .selectFrom('job')
    .select('seq')
    .where('state', '=', literal('scheduled'))
    .where('due_at', '<=', p('now'))
    .orderBy('due_at')
    .limit(rowLimit(p('limit')))
  return tables
    .updateTable('job')
    .set({ state: literal('ready') })
    .where('seq', 'in', locksRows ? due.forUpdate().skipLocked() : due)
})

/**
 * Makes jobs ready whose time has come, the longest due first, and cancels those whose time has passed; gives how many
 * became ready, `limit` meaning that there may be more.
 */
export async function promoteDueJobs(tx: QueryRunner, { now, limit = 500 }: PromoteOptions): Promise<number> {
  await expireJobs(tx, { now, limit })
  const { numAffectedRows } = await promote(tx, { now, limit })
  return Number(numAffectedRows ?? 0n)
}
