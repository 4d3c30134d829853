import { isLive, isWaiting, literal, rowLimit } from './literal.ts'
import { tell } from './scheduler-events.ts'
import { type QueryRunner, statement, tables } from './statement.ts'

/** The job, and the time of the change. */
export interface ChangeJobOptions {
  readonly id: string
  readonly now: number
}

interface Cancel extends ChangeJobOptions {
  readonly reason: string
}

const cancel = statement<Cancel, unknown>((p) =>
  tables
    .updateTable('job')
    .set((eb) => ({
      state: literal('cancelled'),
      finished_at: p('now'),
      last_error: p('reason'),
      lease_owner: null,
      lease_until: null,
      // A worker that still runs it cannot complete it.
      lease_token: eb('lease_token', '+', literal(1)),
    }))
    .where('id', '=', p('id'))
    .where(isLive),
)

const selectDependents = statement<{ readonly id: string }, { readonly job_id: string }>((p) =>
  tables.selectFrom('job_dep').select('job_id').where('needs_id', '=', p('id')),
)

/**
 * Ends a job that has not ended, a running one too, and with it those that need it; `false` when it had ended or
 * does not exist.
 */
export async function cancelJob(
  tx: QueryRunner,
  { id, now, reason = 'cancelled' }: ChangeJobOptions & { readonly reason?: string },
): Promise<boolean> {
  const { numAffectedRows } = await cancel(tx, { id, now, reason })
  if (numAffectedRows !== 1n) return false
  await cancelDependents(tx, { id, now })
  return true
}

/** Those that need a cancelled job can never run; needs form no cycle, since a job names only older ones. */
export async function cancelDependents(tx: QueryRunner, { id, now }: ChangeJobOptions): Promise<void> {
  const { rows } = await selectDependents(tx, { id })
  for (const row of rows)
    await cancelJob(tx, { id: row.job_id, now, reason: `a needed job was cancelled: ${id}` })
}

const retry = statement<ChangeJobOptions, unknown>((p) =>
  tables
    .updateTable('job')
    .set((eb) => ({
      state: literal('ready'),
      due_at: p('now'),
      // As many attempts again as it had; the count itself goes on rising.
      max_attempts: eb('attempt', '+', eb.ref('max_attempts')),
      expires_at: null,
      finished_at: null,
    }))
    .where('id', '=', p('id'))
    .where('state', '=', literal('dead')),
)

/** Brings a dead job back, ready at once; `false` when there is no dead job of this id. */
export async function retryJob(tx: QueryRunner, options: ChangeJobOptions): Promise<boolean> {
  const { numAffectedRows } = await retry(tx, options)
  if (numAffectedRows !== 1n) return false
  await tell(tx, 'job:retried', { subject: options.id, data: undefined, now: options.now })
  return true
}

interface ExpiredRow {
  readonly id: string
  readonly kind: string
  readonly expires_at: number | null
}

const expire = statement<{ readonly now: number; readonly limit: number }, ExpiredRow>((p, { locksRows }) => {
  const past = tables
    .selectFrom('job')
    .select('seq')
    .where('expires_at', 'is not', null)
    .where('expires_at', '<=', p('now'))
    .where(isWaiting)
    .limit(rowLimit(p('limit')))
  return tables
    .updateTable('job')
    .set({ state: literal('cancelled'), finished_at: p('now'), last_error: literal('expired') })
    .where('seq', 'in', locksRows ? past.forUpdate().skipLocked() : past)
    .returning(['id', 'kind', 'expires_at'])
})

/** Cancels waiting jobs whose time has passed, each with an event; gives how many. */
export async function expireJobs(
  tx: QueryRunner,
  { now, limit = 500 }: { readonly now: number; readonly limit?: number },
): Promise<number> {
  const { rows } = await expire(tx, { now, limit })
  for (const { id, kind, expires_at } of rows) {
    await tell(tx, 'job:expired', { subject: id, data: { kind, expiresAt: expires_at }, now })
    await cancelDependents(tx, { id, now })
  }
  return rows.length
}
