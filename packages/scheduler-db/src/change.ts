import { type ClaimJobsOptions, claimSteps } from './claim-jobs.ts'
import type { Enqueued, EnqueueOptions, NewJob } from './enqueue-job.ts'
import { enqueueAllSteps } from './enqueue-jobs.ts'
import type { Job } from './job.ts'
import { type CompleteJobOptions, completeSteps } from './settle-job.ts'
import type { Steps } from './steps.ts'

/** What is to be done, for `batch`: on a file it runs without a promise for each of its statements. */
export class Change<T> {
  readonly steps: () => Steps<T>

  constructor(steps: () => Steps<T>) {
    this.steps = steps
  }
}

/** `claimJobs` as one of a batch. */
export function claimChange(options: ClaimJobsOptions): Change<readonly Job[]> {
  return new Change(() => claimSteps(options))
}

/** `completeJob` as one of a batch. */
export function completeChange(options: CompleteJobOptions): Change<void> {
  return new Change(() => completeSteps(options))
}

/** `enqueueJobs` as one of a batch. */
export function enqueueChange(
  jobs: readonly NewJob[],
  options: Pick<EnqueueOptions, 'now'>,
): Change<readonly Enqueued[]> {
  return new Change(() => enqueueAllSteps(jobs, options))
}
