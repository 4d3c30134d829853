import type { Kysely } from 'kysely'
import type { Change } from './change.ts'
import type { ClaimJobsOptions } from './claim-jobs.ts'
import type { Job } from './job.ts'
import type { MigrationSet } from './pending-migrations.ts'
import type { CompleteJobOptions } from './settle-job.ts'
import type { NoTables, SchedulerTables, Tx } from './tables.ts'

/** Which database, whose tables, and how durable. */
export interface OpenStoreOptions {
  /** `sqlite:<path>`, a plain path, `:memory:`, or `postgres://…` (needs the package `pg`). */
  readonly url: string
  /** Tables of the program, applied after those of this package, in this order. */
  readonly migrations?: readonly MigrationSet[]
  /** Epoch milliseconds for {@link Store.now}. @defaultValue `Date.now`; on PostgreSQL the server's clock */
  readonly clock?: () => number
  readonly signal?: AbortSignal
  /** How long to wait for another process's lock, on PostgreSQL for a connection. @defaultValue 10000 */
  readonly busyTimeoutMs?: number
  /** A file that is no larger is looked through for damage at opening, 10 ms for each MB. @defaultValue 8 MiB */
  readonly checkMaxBytes?: number
  /** `fast` survives a killed process, but may lose the last seconds at power loss. @defaultValue `full` */
  readonly durability?: 'full' | 'fast'
}

/** One of a batch. */
export type Work<Extra> = ((tx: Tx<Extra>) => Promise<unknown>) | Change<unknown>

/** A look-out for changes; closing it leaves the store open. */
export interface StoreWatch extends AsyncDisposable {
  close(): Promise<void>
}

/** One open database. Closing it leaves the data; it is safe to be killed at any instant. */
export interface Store<Extra = NoTables> extends AsyncDisposable {
  /** Reads of what is committed; a write is refused (`READ_ONLY`). */
  readonly db: Kysely<SchedulerTables & Extra>
  /**
   * Runs `fn` in one transaction; what it did is durable when the promise resolves, and undone when it rejects. On SQLite it holds
   * the write lock from its start and calls queue up. On PostgreSQL calls run beside each other, and one that collides
   * with another is run again, so `fn` may run more than once.
   *
   * @throws StoreError `NESTED_TRANSACTION` when called inside a transaction of this store
   */
  transaction<T>(fn: (tx: Tx<Extra>) => Promise<T>): Promise<T>
  /**
   * Runs all `fns` in order with ONE commit. One that throws is undone alone and the others stand; when the commit
   * itself fails the whole promise rejects and nothing stands.
   */
  batch(fns: readonly Work<Extra>[]): Promise<readonly PromiseSettledResult<unknown>[]>
  /** `claimJobs` in a transaction of its own; on a free file it costs little more than its statement. */
  claim(options: ClaimJobsOptions): Promise<readonly Job[]>
  /**
   * `completeJob` in a transaction of its own; on a free file it costs little more than its statements.
   *
   * @throws StoreError `LEASE_LOST`
   */
  complete(options: CompleteJobOptions): Promise<void>
  /** `completeJobs` in a transaction of its own: ONE commit; answers the ids of those whose lease was lost. */
  completeAll(jobs: readonly CompleteJobOptions[]): Promise<readonly string[]>
  /**
   * Calls back after commits of others, another process's included, that may have made something due: usually within a
   * millisecond on one machine. Several commits may be one call; look then, and trust no count. What is lost between two
   * connections to a server is made good by a call once it is reached again.
   */
  watch(onChange: () => void): Promise<StoreWatch>
  /** Epoch milliseconds by the clock given at opening. */
  now(): number
  /** Waits for transactions under way, then closes; again is harmless. */
  close(): Promise<void>
}
