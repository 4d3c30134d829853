import type { Job } from '@tmux-orchestrator/scheduler-db'
import {
  claimJobs,
  completeJob,
  extendLease,
  failJob,
  findJob,
  fireDueSchedules,
  isOwnerGone,
  nextDueAt,
  promoteDueJobs,
  recordSeen,
  releaseJob,
  rescueJobs,
  rescueOutbox,
} from '@tmux-orchestrator/scheduler-db'
import type { CommandMap } from '../command-map.ts'
import type { CommandContext, Database } from '../ledger.ts'
import { tellOfDeath } from './job-deaths.ts'

type Args<N extends keyof CommandMap> = CommandMap[N]['args']

/** The kinds of job that this package runs; others are left alone. */
export const jobKinds = ['integrate', 'finish', 'conflict', 'check-in', 'note', 'resume'] as const

export async function tickJobs(
  tx: Database,
  _args: Args<'jobs.tick'>,
  context: CommandContext,
): Promise<{ fired: number; rescued: number; nextDueAt: number | null }> {
  const { now, clientKinds = [] } = context
  const kinds = [...jobKinds, ...clientKinds]
  const rescued = await rescueJobs(tx, { now, isOwnerDead: isOwnerGone, kinds })
  for (const { id, state } of rescued) {
    const job = state === 'dead' ? await findJob(tx, id) : undefined
    if (job) await tellOfDeath(tx, job, `was lost ${job.attempt} times with its daemon`, context)
  }
  await rescueOutbox(tx, { now, isOwnerDead: isOwnerGone })
  const fires = await fireDueSchedules(tx, { now })
  await promoteDueJobs(tx, { now })
  return { fired: fires.length, rescued: rescued.length, nextDueAt: (await nextDueAt(tx, { now })) ?? null }
}

export async function claim(
  tx: Database,
  args: Args<'jobs.claim'>,
  context: CommandContext,
): Promise<{ jobs: readonly Job[] }> {
  const jobs = await claimJobs(tx, { ...args, queue: context.host, kinds: jobKinds, now: context.now })
  return { jobs }
}

export async function extend(
  tx: Database,
  args: Args<'jobs.extend'>,
  context: CommandContext,
): Promise<null> {
  await extendLease(tx, { ...args, now: context.now })
  return null
}

export async function complete(
  tx: Database,
  args: Args<'jobs.complete'>,
  context: CommandContext,
): Promise<null> {
  await completeJob(tx, {
    id: args.id,
    token: args.token,
    result: (args.result ?? null) as null,
    now: context.now,
  })
  return null
}

export async function release(
  tx: Database,
  args: Args<'jobs.release'>,
  context: CommandContext,
): Promise<null> {
  await releaseJob(tx, { ...args, now: context.now })
  return null
}

export async function fail(
  tx: Database,
  args: Args<'jobs.fail'>,
  context: CommandContext,
): Promise<{ state: string }> {
  const state = await failJob(tx, { ...args, now: context.now })
  const job = state === 'dead' ? await findJob(tx, args.id) : undefined
  if (job) await tellOfDeath(tx, job, `failed ${job.attempt} times: ${args.error}`, context)
  return { state }
}

/** The key and the effect commit together, so that a replayed verb changes nothing. */
export async function isFirst(tx: Database, key: string, context: CommandContext): Promise<boolean> {
  return await recordSeen(tx, { consumer: 'verb', idemKey: key, now: context.now })
}
