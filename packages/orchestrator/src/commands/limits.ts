import { cancelJob, enqueueJob } from '@tmux-orchestrator/scheduler-db'
import type { AgentKey, CommandMap } from '../command-map.ts'
import type { CommandContext, Database } from '../ledger.ts'
import type { AgentRow, LimitRow } from '../tables.ts'
import { toIso } from '../views.ts'
import { createMessages } from './messages.ts'
import { getAgent, record } from './rows.ts'

type Args<N extends keyof CommandMap> = CommandMap[N]['args']

/** A clock that is a little ahead of the provider's would be told no once more. */
const slackMs = 5_000
/** Members of a team go on one after another, so that they do not meet the next limit together. */
const staggerMs = 15_000
/** Two readings of one reset differ by no more: texts tell minutes, records seconds. */
const sameMs = 60_000
/** A minute apart: a question in its window may wait for a person for days. */
const attempts = 5_000
/** An agent that was told too early is not told again before this. */
const againMs = 10 * 60_000
const hourMs = 60 * 60_000

/** What the agent is told once its limit has ended. */
const words = 'Your usage limit has ended. Go on where you stopped.'

/** Notes a limit once, with the one job that will tell the agent to go on. A program that goes on by itself gets none. */
export async function seeLimit(
  tx: Database,
  args: Args<'limit.seen'>,
  context: CommandContext,
): Promise<{ limit: LimitRow | null }> {
  const agent = await getAgent(tx, args.id, args.name)
  const last = await findLast(tx, args)
  if (last?.state === 'waiting') return { limit: await correct(tx, last, agent, args, context) }
  // Until something else was seen, an old record still shows the limit that was settled.
  const isAgain = args.hitAt !== undefined && args.hitAt > (last?.settled_at ?? 0)
  const isOld = args.hitAt !== undefined && args.hitAt <= (last?.settled_at ?? 0)
  if (last && isSame(last, args) && (last.over_at === null ? !isAgain : isOld)) return { limit: null }
  // Whoever was told to go on and meets the limit again waits longer, also when it seemed over in between.
  const isStorm = last?.state === 'resumed' && context.now - (last.settled_at ?? 0) < againMs
  const earliest = last && (last.over_at === null || isStorm) ? context.now + againMs : 0
  const limit: LimitRow = {
    id: context.newId(),
    orchestration_id: args.id,
    agent: args.name,
    detail: args.detail,
    reset_at: args.resetAt,
    continues_itself: args.continuesItself ? 1 : 0,
    state: 'waiting',
    resume_at: resumeAt(agent, args, earliest),
    seen_at: context.now,
    settled_at: null,
    over_at: null,
  }
  await tx.insertInto('usage_limit').values(limit).execute()
  await planResume(tx, limit, context)
  await record(tx, context, args.id, 'limit:seen', args.name, {
    resetAt: toIso(limit.reset_at),
    resumeAt: toIso(limit.resume_at),
    continuesItself: args.continuesItself,
    detail: limit.detail,
  })
  return { limit }
}

/** The program tells more, or another time than before. */
async function correct(
  tx: Database,
  last: LimitRow,
  agent: AgentRow,
  args: Args<'limit.seen'>,
  context: CommandContext,
): Promise<LimitRow> {
  const isSilent = args.resetAt === null && last.reset_at !== null
  const continuesItself = args.continuesItself ? 1 : 0
  if (isSilent || (isSame(last, args) && last.continues_itself === continuesItself)) return last
  const changed = {
    reset_at: args.resetAt,
    continues_itself: continuesItself,
    detail: args.detail,
    resume_at: resumeAt(agent, args),
  }
  await tx.updateTable('usage_limit').set(changed).where('id', '=', last.id).execute()
  await dropResume(tx, last, context)
  await planResume(tx, { ...last, ...changed }, context)
  await record(tx, context, args.id, 'limit:moved', args.name, {
    resetAt: toIso(changed.reset_at),
    resumeAt: toIso(changed.resume_at),
  })
  return { ...last, ...changed }
}

export async function endLimit(
  tx: Database,
  args: Args<'limit.over'>,
  context: CommandContext,
): Promise<null> {
  const last = await findLast(tx, args)
  if (!last || last.over_at !== null) return null
  const isWaiting = last.state === 'waiting'
  await tx
    .updateTable('usage_limit')
    .set({
      over_at: context.now,
      ...(isWaiting ? { state: 'over' as const, settled_at: context.now } : {}),
    })
    .where('id', '=', last.id)
    .execute()
  if (isWaiting) await dropResume(tx, last, context)
  await record(tx, context, args.id, 'limit:over', args.name, {
    after: last.state === 'resumed' ? 'it was told to go on' : 'nobody told it to',
  })
  return null
}

/** The message and the end of the limit commit together: a crash leaves both or neither. */
export async function resumeLimited(
  tx: Database,
  args: Args<'limit.resume'>,
  context: CommandContext,
): Promise<{ resumed: boolean }> {
  const last = await findLast(tx, args)
  if (last?.id !== args.limit || last.state !== 'waiting') return { resumed: false }
  if (args.isUntold !== true) {
    const message = { id: args.id, targets: [args.name], sender: 'tmo', text: words } as const
    await createMessages(tx, { ...message, policy: 'retry', ttlMs: hourMs }, context)
  }
  await settle(tx, last, 'resumed', context)
  return { resumed: true }
}

export async function clearLimit(
  tx: Database,
  args: Args<'limit.clear'>,
  context: CommandContext,
): Promise<{ limit: LimitRow | null }> {
  await getAgent(tx, args.id, args.name)
  const last = await findLast(tx, args)
  if (last?.state !== 'waiting') return { limit: null }
  await dropResume(tx, last, context)
  await settle(tx, last, 'cleared', context)
  return { limit: last }
}

/** Nobody tells the agent any more: its limit waits for a person. False when there is nothing left to tell. */
export async function giveUpResume(
  tx: Database,
  args: AgentKey & { readonly limit: string },
): Promise<boolean> {
  const last = await findLast(tx, args)
  if (last?.id !== args.limit || last.state !== 'waiting') return false
  await tx.updateTable('usage_limit').set({ resume_at: null }).where('id', '=', last.id).execute()
  return true
}

/** The members of a team that comes back are told of the ends of their limits as if these were new. */
export async function planResumes(tx: Database, id: string, context: CommandContext): Promise<void> {
  const limits = await tx
    .selectFrom('usage_limit')
    .selectAll()
    .where('orchestration_id', '=', id)
    .where('state', '=', 'waiting')
    .where('continues_itself', '=', 0)
    .where('reset_at', 'is not', null)
    .where('resume_at', 'is', null)
    .execute()
  for (const limit of limits) {
    const resume_at = Math.max(limit.reset_at ?? 0, context.now) + slackMs
    await tx.updateTable('usage_limit').set({ resume_at }).where('id', '=', limit.id).execute()
    await planResume(tx, { ...limit, resume_at }, context)
  }
}

async function settle(
  tx: Database,
  limit: LimitRow,
  state: 'resumed' | 'cleared',
  context: CommandContext,
): Promise<void> {
  await tx
    .updateTable('usage_limit')
    .set({ state, settled_at: context.now })
    .where('id', '=', limit.id)
    .execute()
  await record(tx, context, limit.orchestration_id, `limit:${state}`, limit.agent, {
    resetAt: toIso(limit.reset_at),
  })
}

async function findLast(tx: Database, { id, name }: AgentKey): Promise<LimitRow | undefined> {
  return await tx
    .selectFrom('usage_limit')
    .selectAll()
    .where('orchestration_id', '=', id)
    .where('agent', '=', name)
    .orderBy('seen_at', 'desc')
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst()
}

function isSame(row: LimitRow, { resetAt }: { readonly resetAt: number | null }): boolean {
  if (resetAt === null || row.reset_at === null) return resetAt === row.reset_at || row.state !== 'waiting'
  return Math.abs(resetAt - row.reset_at) <= sameMs
}

function resumeAt(agent: AgentRow, args: Args<'limit.seen'>, earliest = 0): number | null {
  if (args.resetAt === null || args.continuesItself) return null
  return Math.max(args.resetAt + slackMs + agent.position * staggerMs, earliest)
}

function keyOf(limit: LimitRow): string {
  return `resume:${limit.id}`
}

async function planResume(tx: Database, limit: LimitRow, context: CommandContext): Promise<void> {
  if (limit.resume_at === null) return
  const { id, orchestration_id, agent } = limit
  await enqueueJob(
    tx,
    {
      queue: context.host,
      kind: 'resume',
      payload: { id: orchestration_id, agent, limit: id },
      dueAt: limit.resume_at,
      dedupeKey: keyOf(limit),
      maxAttempts: attempts,
      backoff: { baseMs: 5_000, capMs: 60_000 },
    },
    { now: context.now },
  )
}

async function dropResume(tx: Database, limit: LimitRow, context: CommandContext): Promise<void> {
  const jobs = await tx
    .selectFrom('job')
    .select('id')
    .where('dedupe_key', '=', keyOf(limit))
    .where('state', 'in', ['scheduled', 'ready'])
    .execute()
  for (const job of jobs) await cancelJob(tx, { id: job.id, now: context.now, reason: 'the limit changed' })
}
