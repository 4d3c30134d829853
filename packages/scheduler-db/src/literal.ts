import { type RawBuilder, sql } from 'kysely'
import type { JobState } from './tables.ts'

/** A constant written into the statement: a bound value would keep the planner from choosing a partial index. */
export function literal<T extends string | number>(value: T): RawBuilder<T> {
  return sql.lit(value)
}

/** The states in which a job waits. */
export function pendingStates(): RawBuilder<JobState>[] {
  return [literal('scheduled'), literal('ready'), literal('blocked')]
}

/** The states of a job that has not ended. */
export function liveStates(): RawBuilder<JobState>[] {
  return [...pendingStates(), literal('running')]
}

export function isEnded(state: JobState): boolean {
  return state === 'succeeded' || state === 'dead' || state === 'cancelled'
}

/** {@link isEnded} in the words of the partial index, which the planner demands. */
export const ended: RawBuilder<boolean> = sql`state in ('succeeded', 'dead', 'cancelled')`
