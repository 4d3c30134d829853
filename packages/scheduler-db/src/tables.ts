import type { Generated, Kysely, Transaction } from 'kysely'

/** `scheduled` waits for its time, `blocked` for other jobs, `ready` for a worker; the last three are final. */
export type JobState = 'scheduled' | 'ready' | 'blocked' | 'running' | 'succeeded' | 'dead' | 'cancelled'

/** `unknown`: it may or may not have arrived; ask the target before anything is sent again. */
export type OutboxState = 'pending' | 'sending' | 'submitted' | 'refused' | 'unknown' | 'dead'

/** What becomes of slots that passed while nobody looked: one job for all, one for each, none. */
export type Misfire = 'once' | 'all' | 'skip'

/** What becomes of a slot while the job of an earlier one has not ended: no job, one that waits for its end, or a job beside it. */
export type Overlap = 'skip' | 'buffer' | 'cancel-other' | 'allow'

export interface JobTable {
  seq: Generated<number>
  id: string
  queue: string
  kind: string
  payload: string
  state: JobState
  priority: number
  due_at: number
  expires_at: number | null
  attempt: Generated<number>
  max_attempts: number
  crash_count: Generated<number>
  backoff_base_ms: number
  backoff_cap_ms: number
  dedupe_key: string | null
  concurrency_key: string | null
  deps_left: number
  lease_token: Generated<number>
  lease_owner: string | null
  lease_until: number | null
  schedule: string | null
  slot_at: number | null
  created_at: number
  started_at: number | null
  finished_at: number | null
  last_error: string | null
  result: string | null
}

export interface JobDepTable {
  job_id: string
  needs_id: string
}

export interface ScheduleTable {
  id: string
  name: string
  cron: string | null
  every_ms: number | null
  anchor_at: number
  tz: string
  kind: string
  queue: string
  payload: string
  priority: number
  max_attempts: number
  expires_after_ms: number | null
  misfire: Misfire
  catchup_window_ms: number
  overlap: Overlap
  enabled: number
  next_at: number | null
  last_fire_at: number | null
  skipped_count: number
  rev: number
  created_at: number
}

export interface FireTable {
  schedule_id: string
  slot_at: number
  job_id: string
  fired_at: number
}

export interface OutboxTable {
  seq: Generated<number>
  id: string
  target: string
  body: string
  idem_key: string
  state: OutboxState
  reason: string | null
  attempt: Generated<number>
  due_at: number
  lease_token: Generated<number>
  lease_owner: string | null
  lease_until: number | null
  created_at: number
  settled_at: number | null
}

export interface InboxSeenTable {
  consumer: string
  idem_key: string
  seen_at: number
}

export interface LeaseTable {
  name: string
  owner: string
  token: number
  until: number
}

export interface HeartbeatTable {
  agent: string
  host: string
  boot_id: string
  pid: number
  pid_start: string
  status: string
  at: number
}

export interface EventTable {
  seq: Generated<number>
  at: number
  stream: string
  kind: string
  subject: string | null
  data: string | null
}

export interface MigrationTable {
  package: string
  name: string
  at: number
}

/** The tables of this package; a program adds its own through {@link Store}'s type parameter. */
export interface SchedulerTables {
  job: JobTable
  job_dep: JobDepTable
  schedule: ScheduleTable
  fire: FireTable
  outbox: OutboxTable
  inbox_seen: InboxSeenTable
  lease: LeaseTable
  heartbeat: HeartbeatTable
  event: EventTable
  migration: MigrationTable
}

/** No tables beside those of this package. */
export type NoTables = Record<never, never>

/** Where queries run: a store's `db` or a transaction. */
export type Queryable<Extra = NoTables> = Kysely<SchedulerTables & Extra>

/** An open transaction; usable until the function that received it settles. */
export type Tx<Extra = NoTables> = Transaction<SchedulerTables & Extra>
