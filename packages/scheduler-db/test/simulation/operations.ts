import * as db from '../../src/index.ts'

/** The shipped functions that a run goes through; a planted bug replaces some of them. */
export interface Operations {
  readonly enqueueJob: typeof db.enqueueJob
  readonly claimJobs: typeof db.claimJobs
  readonly completeJob: typeof db.completeJob
  readonly failJob: typeof db.failJob
  readonly rescueJobs: typeof db.rescueJobs
  readonly promoteDueJobs: typeof db.promoteDueJobs
  readonly fireDueSchedules: typeof db.fireDueSchedules
  readonly nextDueAt: typeof db.nextDueAt
  readonly acquireLease: typeof db.acquireLease
  readonly renewLease: typeof db.renewLease
  /** What a reader sees while somebody's transaction is open; it waits, as the shipped one does, or looks into it. */
  readonly readDuring: (tx: db.Tx, after: number) => Promise<readonly db.Event[]>
}

export const shipped: Operations = { ...db, readDuring: async () => [] }
