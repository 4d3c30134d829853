import { type RawBuilder, sql } from 'kysely'
import { rowLimit } from './literal.ts'
import { type QueryRunner, runRaw } from './statement.ts'

/** How long what has ended is kept, and how much goes per call. */
export interface PruneOptions {
  /** Jobs that succeeded or were cancelled before, and messages settled before, go. */
  readonly doneBefore: number
  /** Dead jobs go; keep them longer, they can be retried. */
  readonly deadBefore: number
  /** Events, slots and seen keys go. */
  readonly eventsBefore: number
  /** Rows per table in one call, so that the lock is held shortly. @defaultValue 500 */
  readonly limit?: number
}

/** How many rows went, by table. */
export interface Pruned {
  readonly jobs: number
  readonly messages: number
  readonly events: number
}

/** Removes old history, a bounded piece per call; call again while a number reaches the limit. */
export async function prune(tx: QueryRunner, options: PruneOptions): Promise<Pruned> {
  const { doneBefore, deadBefore, eventsBefore, limit = 500 } = options
  const rows = rowLimit(limit)
  const remove = async (statement: RawBuilder<unknown>): Promise<number> =>
    Number((await runRaw(tx, statement)).numAffectedRows ?? 0n)
  const finished = await remove(sql`delete from job where seq in (
    select seq from job where state = 'succeeded' and finished_at is not null and finished_at < ${doneBefore} limit ${rows})`)
  const cancelled = await remove(sql`delete from job where seq in (
    select seq from job where state = 'cancelled' and finished_at is not null and finished_at < ${doneBefore} limit ${rows})`)
  // A dead job that others wait for stays: a retry would still let them go.
  const dead = await remove(sql`delete from job where seq in (
    select seq from job where state = 'dead' and finished_at is not null and finished_at < ${deadBefore} and not exists (
      select 1 from job_dep join job as waits on waits.id = job_dep.job_id
      where job_dep.needs_id = job.id and waits.state = 'blocked') limit ${rows})`)
  const messages = await remove(sql`delete from outbox where seq in (
    select seq from outbox where settled_at is not null and settled_at < ${doneBefore} limit ${rows})`)
  const events = await remove(sql`delete from event where seq in (
    select seq from (select seq, at from event order by seq limit ${rows}) as oldest where at < ${eventsBefore})`)
  await remove(sql`delete from fire where (schedule_id, slot_at) in (
    select schedule_id, slot_at from fire where fired_at < ${eventsBefore} limit ${rows})`)
  await remove(sql`delete from inbox_seen where (consumer, idem_key) in (
    select consumer, idem_key from inbox_seen where seen_at < ${eventsBefore} limit ${rows})`)
  return { jobs: finished + cancelled + dead, messages, events }
}
