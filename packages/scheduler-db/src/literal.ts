import { type RawBuilder, sql } from 'kysely'

/** A constant written into the statement: a bound value would keep the planner from choosing a partial index. */
export function literal<T extends string | number>(value: T): RawBuilder<T> {
  return sql.lit(value)
}

/**
 * A bound limit that SQLite does not look through: it would plan a bare one by its value, and so prepare the statement
 * anew at each use, which costs three times the claim itself.
 */
export function rowLimit(limit: number | RawBuilder<number>): RawBuilder<number> {
  return sql`${limit} + 0`
}

/** The job has not ended: the words of the partial indices, which the planner demands. */
export const isLive: RawBuilder<boolean> = sql`finished_at is null`

/** The job has neither started nor ended. */
export const isWaiting: RawBuilder<boolean> = sql`finished_at is null and lease_until is null`
