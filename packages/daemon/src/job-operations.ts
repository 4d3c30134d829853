import type { Database } from '@tmux-orchestrator/orchestrator'
import { type QueryRunner, readJobFigures, retryJob } from '@tmux-orchestrator/scheduler-db'

/** What the daemon does to jobs whatever their kind. */
export async function runJobCommand(
  tx: Database,
  name: string,
  args: unknown,
  now: number,
): Promise<unknown> {
  const { id }: { id?: unknown } = { ...(typeof args === 'object' ? args : {}) }
  if (name !== 'job.retry' || typeof id !== 'string') throw new TypeError(`no such change of a job: ${name}`)
  return await retryJob(tx, { id, now })
}

export async function runJobQuery(db: QueryRunner, name: string, now: number): Promise<unknown> {
  if (name !== 'job.figures') throw new TypeError(`no such question about jobs: ${name}`)
  return await readJobFigures(db, { now })
}
