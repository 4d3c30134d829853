import { type RawBuilder, sql } from 'kysely'
import type { EventRow } from './event.ts'
import { type QueryRunner, runRaw } from './statement.ts'

/** Above every other key of an advisory lock, with room for the numbers of all events. */
export const openEventsLock = '4611686018427387904'

interface Page {
  readonly after: number
  readonly limit: number
  readonly stream: string | undefined
}

/**
 * Numbers are given before the commit, so a higher one may be visible while a lower one is not yet. Each transaction that
 * appends holds a shared lock whose key is the last number given before its first one. The highest number is asked first, the
 * locks second, the rows third: what is open at the second step bounds the third, and what ended before it is seen.
 */
export async function readBelowOpen(
  db: QueryRunner,
  { after, limit, stream }: Page,
): Promise<readonly EventRow[]> {
  const given = await readNumber(db, sql`select last_value as number from event_number`)
  const open = await readNumber(
    db,
    sql`select min((classid::bigint << 32 | objid::bigint) - ${sql.raw(openEventsLock)}) as number from pg_locks
      where locktype = 'advisory' and pid <> pg_backend_pid() and objsubid = 1 and classid::bigint >= 1073741824
        and database = (select oid from pg_database where datname = current_database())`,
  )
  const bound = Math.min(given ?? 0, open ?? Number.MAX_SAFE_INTEGER)
  const inStream = stream === undefined ? sql`` : sql`and stream = ${stream}`
  const { rows } = await runRaw(
    db,
    sql<EventRow>`select * from event where seq > ${after} and seq <= ${bound} ${inStream} order by seq limit ${limit}`,
  )
  return rows
}

async function readNumber(db: QueryRunner, query: RawBuilder<unknown>): Promise<number | undefined> {
  const { rows } = await runRaw(db, query.$castTo<{ readonly number: number | null }>())
  return rows[0]?.number ?? undefined
}
