import type { Selectable } from 'kysely'
import { type Json, parseJson } from './json.ts'
import type { JobState, JobTable } from './tables.ts'

export interface Backoff {
  /** Upper bound of the pause after the first failure; it doubles with each. */
  readonly baseMs: number
  /** Upper bound of any pause. */
  readonly capMs: number
}

/** One piece of durable work. Absent fields have no value. */
export interface Job {
  readonly id: string
  readonly queue: string
  readonly kind: string
  readonly payload: Json
  readonly state: JobState
  /** Higher goes first. */
  readonly priority: number
  readonly dueAt: number
  readonly expiresAt?: number
  /** Executions so far, the one under way included. */
  readonly attempt: number
  readonly maxAttempts: number
  /** How many of the attempts ended with a lost worker. */
  readonly crashCount: number
  readonly backoff: Backoff
  readonly dedupeKey?: string
  readonly concurrencyKey?: string
  /** Needed jobs that have not succeeded yet. */
  readonly depsLeft: number
  /** The fencing token: rises with each claim and each rescue. */
  readonly token: number
  readonly owner?: string
  readonly leaseUntil?: number
  /** The name of the schedule that made it, and the slot it stands for. */
  readonly schedule?: string
  readonly slotAt?: number
  readonly createdAt: number
  readonly startedAt?: number
  readonly finishedAt?: number
  readonly lastError?: string
  readonly result?: Json
}

export type JobRow = Selectable<JobTable>

export function toJob(row: JobRow): Job {
  return {
    id: row.id,
    queue: row.queue,
    kind: row.kind,
    payload: parseJson(row.payload),
    state: row.state,
    priority: row.priority,
    dueAt: row.due_at,
    attempt: row.attempt,
    maxAttempts: row.max_attempts,
    crashCount: row.crash_count,
    backoff: { baseMs: row.backoff_base_ms, capMs: row.backoff_cap_ms },
    depsLeft: row.deps_left,
    token: row.lease_token,
    createdAt: row.created_at,
    ...(row.expires_at === null ? {} : { expiresAt: row.expires_at }),
    ...(row.dedupe_key === null ? {} : { dedupeKey: row.dedupe_key }),
    ...(row.concurrency_key === null ? {} : { concurrencyKey: row.concurrency_key }),
    ...(row.lease_owner === null ? {} : { owner: row.lease_owner }),
    ...(row.lease_until === null ? {} : { leaseUntil: row.lease_until }),
    ...(row.schedule === null ? {} : { schedule: row.schedule }),
    ...(row.slot_at === null ? {} : { slotAt: row.slot_at }),
    ...(row.started_at === null ? {} : { startedAt: row.started_at }),
    ...(row.finished_at === null ? {} : { finishedAt: row.finished_at }),
    ...(row.last_error === null ? {} : { lastError: row.last_error }),
    ...(row.result === null ? {} : { result: parseJson(row.result) }),
  }
}
