import type { OrchestratorTables } from '@tmux-orchestrator/orchestrator'
import {
  claimChange,
  completeChange,
  enqueueChange,
  extendLease,
  failJob,
  type Json,
  type NewJob,
  type QueryRunner,
  readJobFigures,
  retryJob,
  type Work,
} from '@tmux-orchestrator/scheduler-db'
import type { ClaimArguments, FailArguments } from './parse-jobs.ts'

/** What the daemon does to jobs whatever their kind: arguments and result of each, by name. */
export interface JobCommands {
  'job.enqueue': { jobs: readonly NewJob[] }
  'job.claim': ClaimArguments
  'job.extend': { id: string; token: number; leaseMs: number }
  'job.complete': { id: string; token: number; result: Json | undefined }
  'job.fail': FailArguments
  'job.retry': { id: string }
}

type ToWork<N extends keyof JobCommands> = (args: JobCommands[N], now: number) => Work<OrchestratorTables>

const works: { [N in keyof JobCommands]: ToWork<N> } = {
  'job.enqueue': ({ jobs }, now) => enqueueChange(jobs, { now }),
  'job.claim': (claim, now) => claimChange({ ...claim, now }),
  'job.extend':
    (held, now) =>
    (tx): Promise<void> =>
      extendLease(tx, { ...held, now }),
  'job.complete': (held, now) => completeChange({ ...held, now }),
  'job.fail':
    (failure, now) =>
    (tx): Promise<unknown> =>
      failJob(tx, { ...failure, now }),
  'job.retry':
    ({ id }, now) =>
    (tx): Promise<boolean> =>
      retryJob(tx, { id, now }),
}

/** One command as one of a commit. */
export function jobWork<N extends keyof JobCommands>(
  { name, args }: { name: N; args: JobCommands[N] },
  now: number,
): Work<OrchestratorTables> {
  return works[name](args, now)
}

export async function runJobQuery(db: QueryRunner, name: string, now: number): Promise<unknown> {
  if (name !== 'job.figures') throw new TypeError(`no such question about jobs: ${name}`)
  return await readJobFigures(db, { now })
}
