import { type Job, type JobRow, toJob } from './job.ts'
import { literal, rowLimit } from './literal.ts'
import { type QueryRunner, run, statement, tables } from './statement.ts'
import type { JobState } from './tables.ts'

/** Which jobs, and how many at most. */
export interface ListJobsOptions {
  readonly state?: JobState | undefined
  readonly queue?: string | undefined
  /** @defaultValue 100 */
  readonly limit?: number | undefined
}

/** Jobs, the newest first. */
export async function listJobs(db: QueryRunner, options: ListJobsOptions = {}): Promise<readonly Job[]> {
  let query = tables.selectFrom('job').selectAll()
  if (options.state !== undefined) query = query.where('state', '=', literal(options.state))
  // In the words of the partial index, so that a few dead jobs are found among a million that succeeded.
  if (options.state !== undefined && isEnded(options.state))
    query = query.where('finished_at', 'is not', null)
  if (options.queue !== undefined) query = query.where('queue', '=', options.queue)
  const { rows } = await run<JobRow>(db, query.orderBy('seq', 'desc').limit(rowLimit(options.limit ?? 100)))
  return rows.map(toJob)
}

const selectJob = statement<{ readonly id: string }, JobRow>((p) =>
  tables.selectFrom('job').selectAll().where('id', '=', p('id')),
)

/** The job, or `undefined` when there is none of this id. */
export async function findJob(db: QueryRunner, id: string): Promise<Job | undefined> {
  const row = (await selectJob(db, { id })).rows[0]
  return row === undefined ? undefined : toJob(row)
}

function isEnded(state: JobState): boolean {
  return state === 'succeeded' || state === 'dead' || state === 'cancelled'
}
