export { type BackUpOptions, backUpStore, type RestoreOptions, restoreStore } from './back-up.ts'
export { backoffMs, sleepMs } from './backoff.ts'
export { type Change, claimChange, completeChange, enqueueChange } from './change.ts'
export { type ChangeJobOptions, cancelJob, expireJobs, retryJob } from './change-job.ts'
export { type ClaimJobsOptions, claimJobs, type PromoteOptions, promoteDueJobs } from './claim-jobs.ts'
export { type ClaimOutboxOptions, claimOutbox } from './claim-outbox.ts'
export { listBackups } from './damage.ts'
export { type Enqueued, enqueueJob, type NewJob } from './enqueue-job.ts'
export { enqueueJobs } from './enqueue-jobs.ts'
export { isStoreError, StoreError, type StoreErrorCode, type StoreErrorDetails } from './errors.ts'
export { appendEvent, type Event, type NewEvent, type ReadEventsOptions, readEvents } from './event.ts'
export { type Fire, type FireOptions, fireDueSchedules } from './fire-schedules.ts'
export { type Beat, beat, type Heartbeat, listHeartbeats } from './heartbeat.ts'
export { newId } from './id.ts'
export { recordSeen, type Seen } from './inbox.ts'
export { type InspectStoreOptions, inspectStore, type StoreReport } from './inspect-store.ts'
export type { Backoff, Job } from './job.ts'
export { type JobFigures, readJobFigures } from './job-figures.ts'
export type { Json } from './json.ts'
export {
  acquireLease,
  type HeldLease,
  type Lease,
  type LeaseClaim,
  readLease,
  releaseLease,
  renewLease,
} from './lease.ts'
export { findJob, type ListJobsOptions, listJobs } from './list-jobs.ts'
export { type FileLock, lockFile } from './lock-file.ts'
export { nextDueAt } from './next-due-at.ts'
export { openStore } from './open-store.ts'
export {
  type ListOutboxOptions,
  listOutbox,
  type NewMessage,
  type OutboxMessage,
  putOutbox,
} from './outbox.ts'
export { isOwnerGone, processOwner } from './owner.ts'
export type { Migration, MigrationSet } from './pending-migrations.ts'
export { type Pruned, type PruneOptions, prune } from './prune.ts'
export { type RescuedJob, type RescueJobsOptions, rescueJobs } from './rescue-jobs.ts'
export { deleteSchedule, listSchedules, type NewSchedule, putSchedule, type Schedule } from './schedule.ts'
export { isSchedulerEvent, type SchedulerEventKind, type SchedulerEvents } from './scheduler-events.ts'
export {
  type CompleteJobOptions,
  completeJob,
  completeJobs,
  extendLease,
  type FailJobOptions,
  failJob,
  type Held,
  releaseJob,
} from './settle-job.ts'
export { rescueOutbox, type SettleOutboxOptions, settleOutbox } from './settle-outbox.ts'
export { type NextRunsTiming, nextRuns, type Timing } from './slots.ts'
export type { QueryRunner } from './statement.ts'
export type { OpenStoreOptions, Store, StoreWatch, Work } from './store.ts'
export type {
  JobState,
  Misfire,
  NoTables,
  OutboxState,
  Overlap,
  Queryable,
  SchedulerTables,
  Tx,
} from './tables.ts'
