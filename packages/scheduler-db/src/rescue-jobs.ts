import { type Compilable, type RawBuilder, sql } from 'kysely'
import { literal } from './literal.ts'
import { tell } from './scheduler-events.ts'
import { type QueryRunner, run, statement, tables } from './statement.ts'

/** The time up to which leases have run out, and how a dead owner is known. */
export interface RescueJobsOptions {
  readonly now: number
  /** Says that a worker is surely gone, so that its lease need not run out; see `isOwnerGone`. */
  readonly isOwnerDead?: ((owner: string) => boolean) | undefined
  /** The kinds this program knows: a job of another kind waits for its own program instead of ever dying here. */
  readonly kinds?: readonly string[] | undefined
}

/** A job whose worker was lost, and what it is now. */
export interface RescuedJob {
  readonly id: string
  readonly state: 'scheduled' | 'dead'
}

interface RescuedRow {
  readonly id: string
  readonly kind: string
  readonly attempt: number
  readonly state: 'scheduled' | 'dead'
}

/**
 * Takes back jobs whose worker is lost: their lease ran out, or their owner is gone. One statement finds and changes
 * them, so a job that is completed at the same time is never overwritten; the token rises, so the lost worker cannot
 * complete it later. The lost attempt counts; the pause is the backoff's bound.
 */
export async function rescueJobs(
  tx: QueryRunner,
  options: RescueJobsOptions,
): Promise<readonly RescuedJob[]> {
  const { now, isOwnerDead, kinds } = options
  const gone =
    isOwnerDead === undefined
      ? []
      : (await selectOwners(tx, {})).rows.map((row) => row.lease_owner ?? '').filter(isOwnerDead)
  const { rows } = await run<RescuedRow>(tx, rescue(now, gone, kinds))
  for (const { id, state, kind, attempt } of rows) {
    const happened = state === 'dead' ? 'job:died' : 'job:rescued'
    await tell(tx, happened, { subject: id, data: { kind, attempt, error: lost }, now })
  }
  return rows.map(({ id, state }) => ({ id, state }))
}

const lost = 'the worker was lost'

const selectOwners = statement<object, { readonly lease_owner: string | null }>(() =>
  tables.selectFrom('job').select('lease_owner').distinct().where('state', '=', literal('running')),
)

function rescue(
  now: number,
  gone: readonly string[],
  kinds: readonly string[] | undefined,
): Compilable<RescuedRow> {
  const known: RawBuilder<boolean> =
    kinds === undefined ? sql`1 = 1` : kinds.length === 0 ? sql`1 = 0` : sql`kind in (${sql.join(kinds)})`
  const isLast: RawBuilder<boolean> = sql`(attempt >= max_attempts and ${known})`
  // The doubling stops where a larger shift would overflow.
  const pause: RawBuilder<number> = sql`case
    when attempt > 30 or backoff_base_ms * (1 << cast(attempt - 1 as integer)) > backoff_cap_ms then backoff_cap_ms
    else backoff_base_ms * (1 << cast(attempt - 1 as integer)) end`
  return tables
    .updateTable('job')
    .set({
      state: sql`case when ${isLast} then 'dead' else 'scheduled' end`,
      finished_at: sql`case when ${isLast} then cast(${now} as bigint) else null end`,
      due_at: sql`cast(${now} as bigint) + ${pause}`,
      crash_count: sql`crash_count + 1`,
      lease_token: sql`lease_token + 1`,
      lease_owner: null,
      lease_until: null,
      last_error: lost,
    })
    .where('state', '=', literal('running'))
    .where((eb) =>
      gone.length === 0
        ? eb('lease_until', '<=', now)
        : eb.or([eb('lease_until', '<=', now), eb('lease_owner', 'in', gone)]),
    )
    .returning(['id', 'kind', 'attempt', sql<'scheduled' | 'dead'>`state`.as('state')])
}
