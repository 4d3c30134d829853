import { cancelJob, deleteSchedule, enqueueJob, listSchedules } from '@tmux-orchestrator/scheduler-db'
import type { CommandMap } from '../command-map.ts'
import { OrchestratorError } from '../errors.ts'
import type { CommandContext, Database } from '../ledger.ts'
import type { OrchestrationState } from '../tables.ts'
import { planResumes } from './limits.ts'
import { checkInName, getOrchestration, record } from './rows.ts'

type Args<N extends keyof CommandMap> = CommandMap[N]['args']

const endStates: ReadonlySet<OrchestrationState> = new Set(['completed', 'failed', 'stopped'])

/** These are final: only a person brings an orchestration back from there. */
export function isEnded(state: OrchestrationState): boolean {
  return endStates.has(state)
}

export async function registerHost(
  tx: Database,
  args: Args<'host.register'>,
  context: CommandContext,
): Promise<null> {
  const row = { name: context.host, owner: args.owner, seen_at: context.now }
  await tx
    .insertInto('host')
    .values(row)
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ owner: row.owner, seen_at: row.seen_at }))
    .execute()
  return null
}

/** Stores the whole intent of a run in one transaction; nothing outside exists yet. */
export async function createRun(
  tx: Database,
  { plan, secrets }: Args<'run.create'>,
  context: CommandContext,
): Promise<{ id: string }> {
  const taken = await tx.selectFrom('orchestration').select('id').where('id', '=', plan.id).executeTakeFirst()
  if (taken) throw new OrchestratorError('ID_TAKEN', `the id ${plan.id} is taken`)
  const projectId = await ensureProject(tx, plan.project, context)
  await tx
    .insertInto('orchestration')
    .values({
      id: plan.id,
      project_id: projectId,
      spec_path: plan.spec.path,
      spec_title: plan.spec.title,
      state: 'planned',
      desired: 'run',
      base_branch: plan.base.branch,
      base_commit: plan.base.commit,
      branch_prefix: plan.branchPrefix,
      integration_branch: plan.integrationBranch,
      integration_commit: null,
      program: plan.program,
      program_options: JSON.stringify(plan.programOptions),
      permission_policy: plan.permissions === undefined ? null : JSON.stringify(plan.permissions),
      preparation: plan.preparation === undefined ? null : JSON.stringify(plan.preparation),
      verify_command: plan.verify?.command ?? null,
      verify_timeout_ms: plan.verify?.timeoutMs ?? 0,
      verify_commit: null,
      verify_exit_code: null,
      verify_tail: null,
      merge: plan.merge,
      brief_timeout_ms: plan.briefTimeoutMs,
      host: context.host,
      session_name: `tmo-${plan.id}`,
      cause: null,
      created_at: context.now,
      started_at: null,
      ended_at: null,
      removed_at: null,
    })
    .execute()
  await insertAgents(tx, { plan, secrets }, context)
  await insertTasks(tx, plan, context)
  await record(tx, context, plan.id, 'orchestration:planned', null, {
    agents: plan.agents.map((agent) => agent.name),
    program: plan.program,
  })
  return { id: plan.id }
}

async function ensureProject(
  tx: Database,
  project: { readonly path: string; readonly name: string },
  context: CommandContext,
): Promise<string> {
  const known = await tx
    .selectFrom('project')
    .select('id')
    .where('path', '=', project.path)
    .executeTakeFirst()
  if (known) return known.id
  const id = context.newId()
  await tx
    .insertInto('project')
    .values({ id, path: project.path, name: project.name, created_at: context.now })
    .execute()
  return id
}

async function insertAgents(
  tx: Database,
  { plan, secrets }: Args<'run.create'>,
  context: CommandContext,
): Promise<void> {
  for (const [position, agent] of plan.agents.entries()) {
    const secret = secrets.find((candidate) => candidate.name === agent.name)
    if (!secret) throw new TypeError(`no secret was made for agent ${agent.name}`)
    const key = { orchestration_id: plan.id, agent: agent.name }
    await tx
      .insertInto('agent')
      .values({
        orchestration_id: plan.id,
        name: agent.name,
        role: agent.role,
        position,
        state: 'planned',
        cause: null,
        implements: agent.implements ? 1 : 0,
        worktree: agent.worktree,
        branch: agent.branch,
        token_hash: secret.tokenHash,
        token: secret.token,
        conversation_id: secret.conversationId,
        check_in_ms: agent.checkInMs,
        evidence: JSON.stringify(agent.evidence),
        pane_pid: null,
        pane_pid_start: null,
        exits: 0,
        briefed_at: null,
        done_at: null,
        prepared_at: null,
        unprepared_cause: null,
        port_first: null,
        port_last: null,
      })
      .execute()
    await tx
      .insertInto('conversation')
      .values({
        ...key,
        id: secret.conversationId,
        kind: 'brief',
        token: secret.briefToken,
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
    await tx
      .insertInto('branch')
      .values({
        ...key,
        name: agent.branch,
        state: 'open',
        commit_id: null,
        merged_commit: null,
        cause: null,
        updated_at: context.now,
      })
      .execute()
  }
}

async function insertTasks(
  tx: Database,
  plan: Args<'run.create'>['plan'],
  context: CommandContext,
): Promise<void> {
  for (const [position, task] of plan.tasks.entries()) {
    await tx
      .insertInto('task')
      .values({
        orchestration_id: plan.id,
        id: task.id,
        position,
        title: task.title,
        body: task.body,
        files: JSON.stringify(task.files),
        depends_on: JSON.stringify(task.dependsOn),
        owner: task.owner,
        state: 'open',
        evidence: null,
        updated_at: context.now,
      })
      .execute()
  }
}

export async function desire(
  tx: Database,
  args: Args<'orchestration.desire'>,
  context: CommandContext,
): Promise<null> {
  const row = await getOrchestration(tx, args.id)
  if (row.desired === args.desired && args.desired !== 'run') return null
  await tx.updateTable('orchestration').set({ desired: args.desired }).where('id', '=', args.id).execute()
  if (args.desired === 'run') await bringBack(tx, row.id, context)
  await record(tx, context, args.id, 'orchestration:desired', null, {
    desired: args.desired,
    cause: args.cause,
  })
  return null
}

/** Stopped or stuck agents start again; what they had reported is looked at again. */
async function bringBack(tx: Database, id: string, context: CommandContext): Promise<void> {
  await tx
    .updateTable('orchestration')
    .set({ state: 'starting', cause: null, ended_at: null })
    .where('id', '=', id)
    .execute()
  await tx
    .updateTable('agent')
    .set({ state: 'starting', cause: null, unprepared_cause: null })
    .where('orchestration_id', '=', id)
    .where('state', 'in', ['stopped', 'needs-human', 'failed', 'running'])
    .execute()
  await tx
    .updateTable('conversation')
    .set({ launched_at: context.now })
    .where('orchestration_id', '=', id)
    .where('state', 'in', ['launched', 'briefed'])
    .execute()
  await tx.deleteFrom('breaker').where('entity', 'like', `agent:${id}/%`).execute()
  const waiting = await tx
    .selectFrom('branch')
    .selectAll()
    .where('orchestration_id', '=', id)
    .where('state', 'in', ['reported', 'verified', 'queued'])
    .execute()
  for (const branch of waiting) await enqueueIntegration(tx, id, branch.agent, context)
  await planResumes(tx, id, context)
}

export async function integrateReported(
  tx: Database,
  args: Args<'branch.integrate'>,
  context: CommandContext,
): Promise<{ queued: readonly string[] }> {
  const reported = tx
    .selectFrom('branch')
    .selectAll()
    .where('orchestration_id', '=', args.id)
    .where('state', 'in', ['reported', 'verified', 'queued'])
  const branches = await (args.name === null ? reported : reported.where('agent', '=', args.name)).execute()
  for (const branch of branches) await enqueueIntegration(tx, args.id, branch.agent, context)
  return { queued: branches.map(({ agent }) => agent) }
}

/** One integration job per agent waits at a time; jobs of one orchestration run one after another. */
export async function enqueueIntegration(
  tx: Database,
  id: string,
  agent: string,
  context: CommandContext,
): Promise<void> {
  await enqueueJob(
    tx,
    {
      queue: context.host,
      kind: 'integrate',
      payload: { id, agent },
      concurrencyKey: `integrate:${id}`,
      dedupeKey: `integrate:${id}/${agent}`,
      maxAttempts: 10,
      backoff: { baseMs: 500, capMs: 10_000 },
    },
    { now: context.now },
  )
}

export async function setOrchestrationState(
  tx: Database,
  args: Args<'orchestration.state'>,
  context: CommandContext,
): Promise<null> {
  const row = await getOrchestration(tx, args.id)
  const cause = args.cause ?? null
  if (row.state === args.state && row.cause === cause) return null
  // What comes late, from a job or an agent, does not overwrite an end or a wish to stop.
  if (isEnded(row.state) || (row.desired !== 'run' && !isEnded(args.state))) return null
  const isEnd = isEnded(args.state) || args.state === 'needs-human'
  await tx
    .updateTable('orchestration')
    .set({
      state: args.state,
      cause,
      ended_at: isEnd ? context.now : null,
      ...(args.state === 'running' && row.started_at === null ? { started_at: context.now } : {}),
    })
    .where('id', '=', args.id)
    .execute()
  if (isEnded(args.state)) await settleAgents(tx, args.id, args.state, context)
  await record(tx, context, args.id, 'orchestration:state', null, { from: row.state, to: args.state, cause })
  return null
}

/** An ended orchestration has no future check-in, and nobody in it is still called running. */
async function settleAgents(
  tx: Database,
  id: string,
  state: OrchestrationState,
  context: CommandContext,
): Promise<void> {
  const agents = await tx.selectFrom('agent').selectAll().where('orchestration_id', '=', id).execute()
  for (const agent of agents) {
    await deleteSchedule(tx, checkInName(id, agent.name))
    if (state === 'completed' || agent.state === 'done' || agent.state === 'failed') continue
    await tx
      .updateTable('agent')
      .set({ state: 'stopped' })
      .where('orchestration_id', '=', id)
      .where('name', '=', agent.name)
      .execute()
  }
  await dropNotes(tx, id, context)
  await tx
    .updateTable('message')
    .set({ state: 'dead', reason: `the orchestration is ${state}`, settled_at: context.now })
    .where('orchestration_id', '=', id)
    .where('state', '=', 'pending')
    .execute()
}

/** Notes for a team that ended would only fail. */
async function dropNotes(tx: Database, id: string, context: CommandContext): Promise<void> {
  for (const schedule of await listSchedules(tx)) {
    if (schedule.name.startsWith(`note:${id}/`)) await deleteSchedule(tx, schedule.name)
  }
  const jobs = await tx
    .selectFrom('job')
    .select('id')
    .where('kind', '=', 'note')
    .where('dedupe_key', 'like', `note:${id}/%`)
    .where('state', 'in', ['scheduled', 'ready'])
    .execute()
  for (const job of jobs) await cancelJob(tx, { id: job.id, now: context.now })
}

export async function finish(
  tx: Database,
  args: Args<'orchestration.finish'>,
  context: CommandContext,
): Promise<null> {
  await setOrchestrationState(tx, { id: args.id, state: 'integrating', cause: null }, context)
  await enqueueJob(
    tx,
    {
      queue: context.host,
      kind: 'finish',
      payload: { id: args.id },
      concurrencyKey: `integrate:${args.id}`,
      dedupeKey: `finish:${args.id}`,
      maxAttempts: 10,
      backoff: { baseMs: 500, capMs: 10_000 },
    },
    { now: context.now },
  )
  return null
}

export async function setIntegration(
  tx: Database,
  args: Args<'orchestration.integration'>,
  context: CommandContext,
): Promise<null> {
  await tx
    .updateTable('orchestration')
    .set({ integration_commit: args.commit })
    .where('id', '=', args.id)
    .execute()
  await record(tx, context, args.id, 'integration:moved', null, { commit: args.commit })
  return null
}

export async function setVerified(
  tx: Database,
  args: Args<'orchestration.verified'>,
  context: CommandContext,
): Promise<null> {
  await tx
    .updateTable('orchestration')
    .set({ verify_commit: args.commit, verify_exit_code: args.exitCode, verify_tail: args.tail })
    .where('id', '=', args.id)
    .execute()
  await record(tx, context, args.id, 'verify:finished', null, {
    commit: args.commit,
    exitCode: args.exitCode,
  })
  return null
}

export async function setRemoved(
  tx: Database,
  args: Args<'orchestration.removed'>,
  context: CommandContext,
): Promise<null> {
  await tx
    .updateTable('orchestration')
    .set({ removed_at: context.now, desired: 'remove' })
    .where('id', '=', args.id)
    .execute()
  await record(tx, context, args.id, 'orchestration:removed', null, {})
  return null
}
