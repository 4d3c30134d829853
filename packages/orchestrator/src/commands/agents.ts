import { deleteSchedule, putSchedule } from '@tmux-orchestrator/scheduler-db'
import type { AgentKey, CommandMap } from '../command-map.ts'
import type { CommandContext, Database } from '../ledger.ts'
import { notify, tellReturn } from './messages.ts'
import { enqueueIntegration, setOrchestrationState } from './orchestrations.ts'
import { agentUpdate, checkInName, getAgent, getOrchestration, record } from './rows.ts'

type Args<N extends keyof CommandMap> = CommandMap[N]['args']

/** More exits than this within the window open the breaker: the agent needs a human. */
const breakerLimit = 5
const breakerWindowMs = 10 * 60_000

/** Written before the window is opened, so that a crash in between is looked into, not repeated blindly. */
export async function markLaunching(
  tx: Database,
  args: Args<'agent.launching'>,
  context: CommandContext,
): Promise<null> {
  const agent = await getAgent(tx, args.id, args.name)
  if (agent.state === 'planned' || agent.state === 'running') {
    await agentUpdate(tx, args).set({ state: 'starting' }).execute()
  }
  await tx
    .updateTable('conversation')
    .set((eb) => ({
      launches: eb('launches', '+', 1),
      launched_at: context.now,
      briefing: args.briefing,
      pasted_by: null,
      pasted_at: null,
      ...(args.briefChars === undefined ? {} : { brief_chars: args.briefChars }),
    }))
    .where('id', '=', args.conversationId)
    .execute()
  await tx
    .updateTable('conversation')
    .set({ state: 'launched' })
    .where('id', '=', args.conversationId)
    .where('state', '=', 'planned')
    .execute()
  await record(tx, context, args.id, 'agent:launching', args.name, { conversation: args.conversationId })
  return null
}

/** Written before the brief is typed: who comes after a crash asks the program, or starts it anew, and never types twice. */
export async function markPasting(
  tx: Database,
  args: Args<'agent.pasting'>,
  context: CommandContext,
): Promise<null> {
  await tx
    .updateTable('conversation')
    .set({
      pasted_by: args.state === 'not-typed' ? null : args.owner,
      pasted_at: args.state === 'typed' ? context.now : null,
    })
    .where('id', '=', args.conversationId)
    .where('state', '=', 'launched')
    .where('launches', '=', args.launch)
    .execute()
  return null
}

export async function setPane(tx: Database, args: Args<'agent.pane'>): Promise<null> {
  await agentUpdate(tx, args).set({ pane_pid: args.pid, pane_pid_start: args.pidStart }).execute()
  return null
}

/** The brief arrived: the agent runs, has its one future check-in, and may complete the team's start. */
export async function markBriefed(
  tx: Database,
  args: Args<'agent.briefed'>,
  context: CommandContext,
): Promise<{ running: boolean }> {
  const agent = await getAgent(tx, args.id, args.name)
  const conversation = await tx
    .selectFrom('conversation')
    .select('briefed_at')
    .where('id', '=', args.conversationId)
    .executeTakeFirst()
  await tx
    .updateTable('conversation')
    .set((eb) => ({ state: 'briefed', briefed_at: eb.fn.coalesce('briefed_at', eb.val(context.now)) }))
    .where('id', '=', args.conversationId)
    .execute()
  const from = agent.state
  if (from === 'planned' || from === 'starting') {
    await agentUpdate(tx, args)
      .set({ state: 'running', briefed_at: agent.briefed_at ?? context.now, cause: null })
      .execute()
    await putCheckIn(tx, args, agent.check_in_ms, context)
    await record(tx, context, args.id, 'agent:state', args.name, { from, to: 'running', cause: args.proof })
    if (agent.briefed_at === null) await integrateEarlyWork(tx, args, context)
    // A continuation is told by its brief.
    if ((conversation?.briefed_at ?? null) !== null) await tellReturn(tx, args, context)
  }
  return { running: await startTeamWhenAllRun(tx, args.id, context) }
}

/** An agent may have reported its work before its brief was proven. */
async function integrateEarlyWork(tx: Database, key: AgentKey, context: CommandContext): Promise<void> {
  const reported = await tx
    .selectFrom('branch')
    .select('agent')
    .where('orchestration_id', '=', key.id)
    .where('agent', '=', key.name)
    .where('state', '=', 'reported')
    .executeTakeFirst()
  if (reported) await enqueueIntegration(tx, key.id, key.name, context)
}

/** Somebody who was done owes work again: it runs, is checked in on, and reports once more. */
export async function reopenAgent(
  tx: Database,
  key: AgentKey,
  cause: string,
  context: CommandContext,
): Promise<void> {
  const agent = await getAgent(tx, key.id, key.name)
  if (agent.state !== 'done') return
  await agentUpdate(tx, key).set({ state: 'running', done_at: null, cause: null }).execute()
  await tx
    .updateTable('branch')
    .set({ state: 'open', cause: null, updated_at: context.now })
    .where('orchestration_id', '=', key.id)
    .where('agent', '=', key.name)
    .execute()
  await putCheckIn(tx, key, agent.check_in_ms, context)
  await record(tx, context, key.id, 'agent:state', key.name, { from: 'done', to: 'running', cause })
}

async function putCheckIn(
  tx: Database,
  key: AgentKey,
  checkInMs: number,
  context: CommandContext,
): Promise<void> {
  await putSchedule(
    tx,
    {
      name: checkInName(key.id, key.name),
      everyMs: checkInMs,
      anchorAt: context.now + checkInMs,
      kind: 'check-in',
      queue: context.host,
      payload: { id: key.id, agent: key.name },
      misfire: 'once',
      overlap: 'skip',
    },
    { now: context.now },
  )
}

async function startTeamWhenAllRun(tx: Database, id: string, context: CommandContext): Promise<boolean> {
  const orchestration = await getOrchestration(tx, id)
  if (orchestration.state === 'running') return true
  if (orchestration.state !== 'starting' && orchestration.state !== 'planned') return false
  const waiting = await tx
    .selectFrom('agent')
    .select('name')
    .where('orchestration_id', '=', id)
    .where('state', 'in', ['planned', 'starting'])
    .executeTakeFirst()
  if (waiting) return false
  await setOrchestrationState(tx, { id, state: 'running', cause: null }, context)
  return true
}

export async function markExited(
  tx: Database,
  args: Args<'agent.exited'>,
  context: CommandContext,
): Promise<{ breaker: 'closed' | 'open' }> {
  const agent = await getAgent(tx, args.id, args.name)
  await agentUpdate(tx, args)
    .set({
      exits: agent.exits + 1,
      ...(agent.pane_pid === args.ended ? { pane_pid: null, pane_pid_start: null } : {}),
    })
    .execute()
  await record(tx, context, args.id, 'agent:exited', args.name, { cause: args.cause, counted: args.counted })
  if (!args.counted) return { breaker: 'closed' }
  return { breaker: await countFailure(tx, `agent:${args.id}/${args.name}`, args.cause, context) }
}

async function countFailure(
  tx: Database,
  entity: string,
  reason: string,
  context: CommandContext,
): Promise<'closed' | 'open'> {
  const known = await tx.selectFrom('breaker').selectAll().where('entity', '=', entity).executeTakeFirst()
  const isFresh = known === undefined || context.now - known.window_started_at > breakerWindowMs
  const failures = isFresh ? 1 : known.failures + 1
  const state = failures > breakerLimit || known?.state === 'open' ? 'open' : 'closed'
  const row = {
    failures,
    window_started_at: isFresh ? context.now : known.window_started_at,
    state,
    reason,
    updated_at: context.now,
  } as const
  await tx
    .insertInto('breaker')
    .values({ entity, ...row })
    .onConflict((conflict) => conflict.column('entity').doUpdateSet(row))
    .execute()
  return state
}

/** The old conversation is lost for good; a new one gets one recorded continuation brief. */
export async function continueAgent(
  tx: Database,
  args: Args<'agent.continue'>,
  context: CommandContext,
): Promise<null> {
  const agent = await getAgent(tx, args.id, args.name)
  await tx
    .updateTable('conversation')
    .set({ state: 'lost' })
    .where('id', '=', agent.conversation_id)
    .execute()
  await tx
    .insertInto('conversation')
    .values({
      id: args.conversationId,
      orchestration_id: args.id,
      agent: args.name,
      kind: 'continuation',
      token: args.token,
      state: 'planned',
      launches: 0,
      briefing: 'none',
      pasted_by: null,
      pasted_at: null,
      created_at: context.now,
      launched_at: null,
      briefed_at: null,
      brief_chars: null,
    })
    .execute()
  await agentUpdate(tx, args).set({ conversation_id: args.conversationId, state: 'starting' }).execute()
  await record(tx, context, args.id, 'conversation:lost', args.name, {
    conversation: agent.conversation_id,
    next: args.conversationId,
    cause: args.cause,
  })
  return null
}

export async function setAgentState(
  tx: Database,
  args: Args<'agent.state'>,
  context: CommandContext,
): Promise<null> {
  const agent = await getAgent(tx, args.id, args.name)
  if (agent.state === args.state && agent.cause === args.cause) return null
  await agentUpdate(tx, args).set({ state: args.state, cause: args.cause }).execute()
  if (args.state !== 'running' && args.state !== 'starting') {
    await deleteSchedule(tx, checkInName(args.id, args.name))
  }
  await record(tx, context, args.id, 'agent:state', args.name, {
    from: agent.state,
    to: args.state,
    cause: args.cause,
  })
  return null
}

/** The agent's reported work is verified and stands where it belongs: the agent is done, and its team is told. */
export async function markIntegrated(
  tx: Database,
  args: Args<'agent.integrated'>,
  context: CommandContext,
): Promise<null> {
  const agent = await getAgent(tx, args.id, args.name)
  const orchestration = await getOrchestration(tx, args.id)
  const branch = await tx
    .selectFrom('branch')
    .select('commit_id')
    .where('orchestration_id', '=', args.id)
    .where('agent', '=', args.name)
    .executeTakeFirstOrThrow()
  if (branch.commit_id !== args.reported) {
    // It reported again meanwhile: what it stands for now is looked at, not called done.
    await enqueueIntegration(tx, args.id, args.name, context)
    return null
  }
  await tx
    .updateTable('branch')
    .set({
      state: orchestration.merge === 'none' ? 'verified' : 'merged',
      commit_id: args.commit,
      merged_commit: args.mergedCommit,
      cause: null,
      updated_at: context.now,
    })
    .where('orchestration_id', '=', args.id)
    .where('agent', '=', args.name)
    .execute()
  if (agent.state === 'done') return null
  await agentUpdate(tx, args).set({ state: 'done', done_at: context.now, cause: null }).execute()
  await deleteSchedule(tx, checkInName(args.id, args.name))
  await record(tx, context, args.id, 'agent:state', args.name, {
    from: agent.state,
    to: 'done',
    cause: args.note,
  })
  await notify(tx, args.id, args.name, `${args.name} is done: ${args.note}`, context)
  await requeueWaiting(tx, args.id, context)
  return null
}

/** What was red alone may be green on top of this: each branch that waits is looked at once more. */
async function requeueWaiting(tx: Database, id: string, context: CommandContext): Promise<void> {
  const waiting = await tx
    .selectFrom('branch')
    .innerJoin('agent', (join) =>
      join
        .onRef('agent.name', '=', 'branch.agent')
        .onRef('agent.orchestration_id', '=', 'branch.orchestration_id'),
    )
    .select('branch.agent as name')
    .where('branch.orchestration_id', '=', id)
    .where('branch.state', '=', 'reported')
    .where('agent.state', '=', 'running')
    .execute()
  for (const branch of waiting) await enqueueIntegration(tx, id, branch.name, context)
}
