import { claimJobs, enqueueJob, findJob, type Job, type NewJob } from '../src/index.ts'
import type { FreshStore } from './fresh-store.ts'

export const t0 = 1_800_000_000_000

/** What the tests of jobs do again and again, on the store of the test that runs. */
export interface JobDesk {
  enqueue(job?: Partial<NewJob>, now?: number): Promise<{ id: string; created: boolean }>
  claim(now?: number, limit?: number, kinds?: readonly string[]): Promise<readonly Job[]>
  /** Claims one; throws where there is none. */
  claimOne(now?: number): Promise<Job>
  state(id: string): Promise<string | undefined>
}

export function jobDesk(fresh: FreshStore): JobDesk {
  const claim: JobDesk['claim'] = (now = t0, limit = 10, kinds = ['k']) =>
    fresh.store.transaction((tx) =>
      claimJobs(tx, { queue: 'q', kinds, owner: 'me', leaseMs: 1000, limit, now }),
    )
  return {
    enqueue: (job = {}, now = t0) =>
      fresh.store.transaction((tx) =>
        enqueueJob(tx, { queue: 'q', kind: 'k', payload: null, ...job }, { now }),
      ),
    claim,
    async claimOne(now = t0) {
      const job = (await claim(now, 1))[0]
      if (job === undefined) throw new Error('nothing to claim')
      return job
    },
    state: async (id) => (await findJob(fresh.store.db, id))?.state,
  }
}
