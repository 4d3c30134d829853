import { sql } from 'kysely'
import { literal, rowLimit } from './literal.ts'
import { type QueryRunner, runRaw, statement, tables } from './statement.ts'

/** How the schedule does; durations in milliseconds. */
export interface JobFigures {
  /** Jobs now, by state; each count stops at 10,000. */
  readonly scheduled: number
  readonly ready: number
  readonly blocked: number
  readonly running: number
  readonly dead: number
  /** Jobs that succeeded in the last minute. */
  readonly succeededPerMinute: number
  /** How long the last jobs (up to 1,000, of the last ten minutes) waited between being due and being started; absent when there were none. */
  readonly lagMsP50?: number
  readonly lagMsP99?: number
  /** How long the longest of the jobs that should run now has been due; absent when none is. */
  readonly oldestOverdueMs?: number
}

const countMax = 10_000
const lagsMax = 1_000
const lagWindowMs = 600_000

const states = {
  scheduled: `state = 'scheduled'`,
  ready: `state = 'ready'`,
  blocked: `state = 'blocked'`,
  running: `state = 'running'`,
  dead: `state = 'dead' and finished_at is not null`,
} as const

const selectEnded = statement<
  { readonly since: number; readonly limit: number },
  { readonly started_at: number | null; readonly due_at: number; readonly finished_at: number | null }
>((p) =>
  tables
    .selectFrom('job')
    .select(['started_at', 'due_at', 'finished_at'])
    .where('state', '=', literal('succeeded'))
    .where('finished_at', 'is not', null)
    .where('finished_at', '>', p('since'))
    .orderBy('finished_at', 'desc')
    .limit(rowLimit(p('limit'))),
)

/** What the schedule did and what waits; a bounded look, whatever the number of rows. */
export async function readJobFigures(
  db: QueryRunner,
  { now }: { readonly now: number },
): Promise<JobFigures> {
  const counts = {
    scheduled: await count(db, states.scheduled),
    ready: await count(db, states.ready),
    blocked: await count(db, states.blocked),
    running: await count(db, states.running),
    dead: await count(db, states.dead),
  }
  const minute = `state = 'succeeded' and finished_at is not null and finished_at > ${now - 60_000}`
  const succeededPerMinute = await count(db, minute)
  const { rows } = await selectEnded(db, { since: now - lagWindowMs, limit: lagsMax })
  const lags = rows
    .map((row) => Math.max(0, (row.started_at ?? row.due_at) - row.due_at))
    .toSorted((a, b) => a - b)
  // The nearest rank: of a few, the slowest is what 99 % stay below.
  const at = (ratio: number): number | undefined => lags[Math.ceil(lags.length * ratio) - 1]
  const [lagMsP50, lagMsP99] = [at(0.5), at(0.99)]
  const due = await readOldestDue(db)
  return {
    ...counts,
    succeededPerMinute,
    ...(lagMsP50 === undefined ? {} : { lagMsP50 }),
    ...(lagMsP99 === undefined ? {} : { lagMsP99 }),
    ...(due === undefined || due > now ? {} : { oldestOverdueMs: now - due }),
  }
}

async function count(db: QueryRunner, condition: string): Promise<number> {
  const { rows } = await runRaw(
    db,
    sql<{ n: number }>`select count(*) as n from
      (select 1 as one from job where ${sql.raw(condition)} limit ${sql.lit(countMax)}) as some_jobs`,
  )
  return rows[0]?.n ?? 0
}

/** Ready jobs keep the time they came due; of very many the first thousand stand for all. */
async function readOldestDue(db: QueryRunner): Promise<number | undefined> {
  const { rows } = await runRaw(
    db,
    sql<{ at: number | null }>`select min(due_at) as at from (
      select due_at from (select due_at from job where state = 'ready' limit 1000) as waiting
      union all
      select due_at from (select due_at from job where state = 'scheduled' order by due_at limit 1) as promised
    ) as due`,
  )
  return rows[0]?.at ?? undefined
}
