import { type ClaimJobsOptions, claimSteps } from './claim-jobs.ts'
import type { Enqueued, EnqueueOptions, NewJob } from './enqueue-job.ts'
import { enqueueAllSteps, isOneStatement } from './enqueue-jobs.ts'
import type { Job } from './job.ts'
import { type CompleteJobOptions, completeSteps, completeUnneededSteps } from './settle-job.ts'
import type { Steps } from './steps.ts'

/** What is to be done, for `batch`: on a file it runs without a promise for each of its statements. */
export class Change<T> {
  readonly steps: () => Steps<T>
  /**
   * The same as one statement, which needs no savepoint since it happens whole or not at all; `undefined`, and nothing done, where
   * it does not suffice. Only where nobody else writes until the commit.
   */
  readonly oneStep: (() => Steps<{ readonly value: T } | undefined>) | undefined

  constructor(steps: () => Steps<T>, oneStep?: () => Steps<{ readonly value: T } | undefined>) {
    this.steps = steps
    this.oneStep = oneStep
  }
}

/** `claimJobs` as one of a batch. */
export function claimChange(options: ClaimJobsOptions): Change<readonly Job[]> {
  const steps = (): Steps<readonly Job[]> => claimSteps(options)
  return new Change(steps, () => wrapped(steps()))
}

/** `completeJob` as one of a batch. */
export function completeChange(options: CompleteJobOptions): Change<void> {
  return new Change(
    () => completeSteps(options),
    () => completeUnneeded(options),
  )
}

function* completeUnneeded(options: CompleteJobOptions): Steps<{ readonly value: undefined } | undefined> {
  return (yield* completeUnneededSteps(options)) ? { value: undefined } : undefined
}

/** `enqueueJobs` as one of a batch. */
export function enqueueChange(
  jobs: readonly NewJob[],
  options: Pick<EnqueueOptions, 'now'>,
): Change<readonly Enqueued[]> {
  const steps = (): Steps<readonly Enqueued[]> => enqueueAllSteps(jobs, options)
  return new Change(steps, isOneStatement(jobs) ? () => wrapped(steps()) : undefined)
}

function* wrapped<T>(steps: Steps<T>): Steps<{ readonly value: T }> {
  return { value: yield* steps }
}
