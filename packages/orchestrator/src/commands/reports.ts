import type { CommandMap } from '../command-map.ts'
import { OrchestratorError } from '../errors.ts'
import type { CommandContext, Database } from '../ledger.ts'
import { reopenAgent, setAgentState } from './agents.ts'
import { notify } from './messages.ts'
import { enqueueIntegration, isEnded, setOrchestrationState } from './orchestrations.ts'
import { getAgent, getOrchestration, record } from './rows.ts'

type Args<N extends keyof CommandMap> = CommandMap[N]['args']

const noteMax = 8 * 1024

/** A report is an agent's explicit word; `done` still has to be verified before anything is called done. */
export async function addReport(
  tx: Database,
  args: Args<'report.add'>,
  context: CommandContext,
): Promise<{ accepted: boolean; reasons: string[] }> {
  if (Buffer.byteLength(args.note) > noteMax) {
    throw new OrchestratorError('BAD_ARGUMENT', `a report's note has at most ${noteMax} bytes`)
  }
  const agent = await getAgent(tx, args.id, args.name)
  const orchestration = await getOrchestration(tx, args.id)
  const reasons = args.kind === 'done' ? await openWork(tx, args.id, args.name) : []
  if (isEnded(orchestration.state) && args.kind !== 'progress') {
    reasons.push(`the orchestration is ${orchestration.state}`)
  }
  if (reasons.length > 0) return { accepted: false, reasons }
  await tx
    .insertInto('report')
    .values({
      id: context.newId(),
      orchestration_id: args.id,
      agent: args.name,
      kind: args.kind,
      note: args.note,
      commit_id: args.commit,
      at: context.now,
    })
    .execute()
  await record(tx, context, args.id, 'report:added', args.name, {
    kind: args.kind,
    note: args.note.slice(0, 200),
    commit: args.commit,
  })
  if (args.kind === 'done') {
    const isNews = agent.state === 'done' && (await reportedCommit(tx, args)) !== args.commit
    if (isNews) await reopenAgent(tx, args, 'it reported new work', context)
    if (isNews || agent.state !== 'done') await reportDone(tx, args, context)
  }
  if (args.kind === 'failed') await reportFailed(tx, args, context)
  if (args.kind === 'blocked') {
    await notify(tx, args.id, args.name, `${args.name} is blocked: ${args.note}`, context)
  }
  return { accepted: true, reasons: [] }
}

async function openWork(tx: Database, id: string, name: string): Promise<string[]> {
  const tasks = await tx
    .selectFrom('task')
    .select(['id', 'title'])
    .where('orchestration_id', '=', id)
    .where('owner', '=', name)
    .where('state', 'in', ['open', 'taken'])
    .orderBy('position')
    .execute()
  return tasks.map((task) => `task ${task.id} is still yours and not done: ${task.title}`)
}

async function reportedCommit(tx: Database, args: Args<'report.add'>): Promise<string | null> {
  const row = await tx
    .selectFrom('branch')
    .select('commit_id')
    .where('orchestration_id', '=', args.id)
    .where('agent', '=', args.name)
    .executeTakeFirstOrThrow()
  return row.commit_id ?? args.commit
}

async function reportDone(tx: Database, args: Args<'report.add'>, context: CommandContext): Promise<void> {
  await tx
    .updateTable('branch')
    .set({ state: 'reported', commit_id: args.commit, cause: null, updated_at: context.now })
    .where('orchestration_id', '=', args.id)
    .where('agent', '=', args.name)
    .execute()
  await record(tx, context, args.id, 'branch:state', args.name, { to: 'reported', commit: args.commit })
  await enqueueIntegration(tx, args.id, args.name, context)
}

async function reportFailed(tx: Database, args: Args<'report.add'>, context: CommandContext): Promise<void> {
  const cause = `${args.name} reports failure: ${args.note}`
  await setAgentState(tx, { id: args.id, name: args.name, state: 'failed', cause: args.note }, context)
  await notify(tx, args.id, args.name, cause, context)
  await setOrchestrationState(tx, { id: args.id, state: 'needs-human', cause }, context)
}
