import type { Selectable } from 'kysely'
import { type Json, parseJson } from './json.ts'
import type { JobState, JobTable } from './tables.ts'

/** How long is waited between attempts. */
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

type Changeable = { -readonly [K in keyof Job]: Job[K] }

/** Assigned field by field: spreading an object for each absent one costs as much as the claim's own statement. */
export function toJob(row: JobRow): Job {
  const job: Changeable = {
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
  }
  if (row.expires_at !== null) job.expiresAt = row.expires_at
  if (row.dedupe_key !== null) job.dedupeKey = row.dedupe_key
  if (row.concurrency_key !== null) job.concurrencyKey = row.concurrency_key
  if (row.lease_owner !== null) job.owner = row.lease_owner
  if (row.lease_until !== null) job.leaseUntil = row.lease_until
  if (row.schedule !== null) job.schedule = row.schedule
  if (row.slot_at !== null) job.slotAt = row.slot_at
  if (row.started_at !== null) job.startedAt = row.started_at
  if (row.finished_at !== null) job.finishedAt = row.finished_at
  if (row.last_error !== null) job.lastError = row.last_error
  if (row.result !== null) job.result = parseJson(row.result)
  return job
}
