import {
  checkJob,
  type Enqueued,
  type EnqueueOptions,
  enqueueSteps,
  type InsertJob,
  jobValues,
  type NewJob,
  toInsert,
} from './enqueue-job.ts'
import { newId } from './id.ts'
import { type QueryRunner, rowParameter, type Statement, statement, tables } from './statement.ts'
import { runSteps, type Steps, step } from './steps.ts'

/** Rows of one statement, the most first: few statements are kept prepared, and any number of rows needs few of them. */
const rowCounts = [64, 16, 4, 1] as const

const inserts: ReadonlyMap<number, Statement<readonly InsertJob[], unknown>> = new Map(
  rowCounts.map((count) => [count, insertRows(count)]),
)

function insertRows(count: number): Statement<readonly InsertJob[], unknown> {
  return statement<readonly InsertJob[], unknown>(() =>
    tables
      .insertInto('job')
      .values(Array.from({ length: count }, (_, row) => jobValues(rowParameter<InsertJob>(row)))),
  )
}

/**
 * Makes many jobs in the order given, many rows to a statement; one that has a dedupe key or needs others is looked up and
 * made by itself.
 *
 * @throws StoreError `NO_SUCH_JOB`, `BAD_INPUT`; then the transaction is to be given up
 */
export async function enqueueJobs(
  tx: QueryRunner,
  jobs: readonly NewJob[],
  options: Pick<EnqueueOptions, 'now'>,
): Promise<readonly Enqueued[]> {
  return await runSteps(tx, enqueueAllSteps(jobs, options))
}

/** {@link enqueueJobs}, to be run in one transaction. */
export function* enqueueAllSteps(
  jobs: readonly NewJob[],
  { now }: Pick<EnqueueOptions, 'now'>,
): Steps<readonly Enqueued[]> {
  for (const job of jobs) checkJob(job)
  const made: Enqueued[] = []
  let rows: InsertJob[] = []
  for (const job of jobs) {
    if (isPlain(job)) {
      const id = newId(now)
      rows.push(toInsert(job, { id, depsLeft: 0, now, slot: undefined }))
      made.push({ id, created: true })
      continue
    }
    yield* insertAll(rows)
    rows = []
    made.push(yield* enqueueSteps(job, { now }))
  }
  yield* insertAll(rows)
  return made
}

/** Nothing is to be looked up before it is made. */
function isPlain({ dedupeKey, needs }: NewJob): boolean {
  return dedupeKey === undefined && (needs === undefined || needs.length === 0)
}

/** Whether {@link enqueueAllSteps} asks for one statement at most. */
export function isOneStatement(jobs: readonly NewJob[]): boolean {
  return (rowCounts as readonly number[]).includes(jobs.length) && jobs.every(isPlain)
}

function* insertAll(rows: readonly InsertJob[]): Steps<void> {
  let from = 0
  for (const [count, insert] of inserts) {
    while (rows.length - from >= count) {
      yield* step(insert, rows.slice(from, from + count))
      from += count
    }
  }
}
