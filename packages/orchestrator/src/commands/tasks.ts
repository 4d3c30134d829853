import type { TaskView } from '../answers.ts'
import type { CommandMap } from '../command-map.ts'
import { OrchestratorError } from '../errors.ts'
import type { CommandContext, Database } from '../ledger.ts'
import type { TaskRow } from '../tables.ts'
import { viewTask } from '../views.ts'
import { reopenAgent } from './agents.ts'
import { createMessages } from './messages.ts'
import { getAgent, getOpenOrchestration, record } from './rows.ts'

type Args<N extends keyof CommandMap> = CommandMap[N]['args']

const titleMax = 500

async function getTask(tx: Database, id: string, task: string): Promise<TaskRow> {
  const row = await tx
    .selectFrom('task')
    .selectAll()
    .where('orchestration_id', '=', id)
    .where('id', '=', task)
    .executeTakeFirst()
  if (row) return row
  throw new OrchestratorError('NO_SUCH_TASK', `${id} has no task ${JSON.stringify(task)}`, {
    hint: `tmo task list ${id}`,
  })
}

export async function addTask(
  tx: Database,
  args: Args<'task.add'>,
  context: CommandContext,
): Promise<{ task: TaskView }> {
  await getOpenOrchestration(tx, args.id)
  if (args.title.trim() === '' || args.title.length > titleMax) {
    throw new OrchestratorError('BAD_ARGUMENT', `a task's title has 1 to ${titleMax} characters`)
  }
  if (args.owner !== null) await getAgent(tx, args.id, args.owner)
  const { last } = await tx
    .selectFrom('task')
    .select((eb) => eb.fn.max('position').as('last'))
    .where('orchestration_id', '=', args.id)
    .executeTakeFirstOrThrow()
  const position = last === null || last === undefined ? 0 : Number(last) + 1
  const row: TaskRow = {
    orchestration_id: args.id,
    id: await freeTaskId(tx, args.id, position + 1),
    position,
    title: args.title,
    body: args.body,
    files: JSON.stringify(args.files),
    depends_on: '[]',
    owner: args.owner,
    state: 'open',
    evidence: null,
    updated_at: context.now,
  }
  await tx.insertInto('task').values(row).execute()
  await record(tx, context, args.id, 'task:added', row.id, {
    title: row.title,
    owner: row.owner,
    by: args.by,
  })
  if (args.owner !== null) await reopenAgent(tx, { id: args.id, name: args.owner }, `task ${row.id}`, context)
  if (args.owner !== null && args.owner !== args.by) await tellOwner(tx, row, args.owner, args.by, context)
  return { task: viewTask(row) }
}

async function freeTaskId(tx: Database, id: string, from: number): Promise<string> {
  const rows = await tx.selectFrom('task').select('id').where('orchestration_id', '=', id).execute()
  const taken = new Set(rows.map((row) => row.id))
  let number = from
  while (taken.has(`t${number}`)) number += 1
  return `t${number}`
}

async function tellOwner(
  tx: Database,
  task: TaskRow,
  owner: string,
  by: string,
  context: CommandContext,
): Promise<void> {
  const text = `Task ${task.id} is yours: ${task.title}`
  await createMessages(
    tx,
    {
      id: task.orchestration_id,
      targets: [owner],
      sender: by,
      text,
      policy: 'retry',
      ttlMs: 60 * 60_000,
    },
    context,
  )
}

export async function assignTask(
  tx: Database,
  args: Args<'task.assign'>,
  context: CommandContext,
): Promise<{ task: TaskView }> {
  await getOpenOrchestration(tx, args.id)
  const task = await getTask(tx, args.id, args.task)
  await getAgent(tx, args.id, args.owner)
  if (task.state === 'done' || task.state === 'dropped') {
    throw new OrchestratorError('WRONG_STATE', `task ${task.id} is ${task.state}`, {
      hint: 'add a new task for more work',
    })
  }
  if (task.owner === args.owner) return { task: viewTask(task) }
  const next = { ...task, owner: args.owner, state: 'open' as const, updated_at: context.now }
  await update(tx, next)
  await reopenAgent(tx, { id: args.id, name: args.owner }, `task ${task.id}`, context)
  await record(tx, context, args.id, 'task:assigned', task.id, {
    from: task.owner,
    to: args.owner,
    by: args.by,
  })
  if (args.owner !== args.by) await tellOwner(tx, next, args.owner, args.by, context)
  return { task: viewTask(next) }
}

export async function setTask(
  tx: Database,
  args: Args<'task.set'>,
  context: CommandContext,
): Promise<{ task: TaskView }> {
  const task = await getTask(tx, args.id, args.task)
  if (task.state === args.state) return { task: viewTask(task) }
  if (task.state === 'dropped') {
    throw new OrchestratorError('WRONG_STATE', `task ${task.id} was dropped`, { hint: 'add a new task' })
  }
  const next = {
    ...task,
    state: args.state,
    evidence: args.evidence ?? task.evidence,
    owner: args.state === 'taken' && args.by !== 'you' ? args.by : task.owner,
    updated_at: context.now,
  }
  if (args.state === 'taken' && task.owner !== null && args.by !== 'you' && task.owner !== args.by) {
    throw new OrchestratorError('NOT_ALLOWED', `task ${task.id} belongs to ${task.owner}`, {
      hint: `tmo task assign ${task.id} ${args.by}`,
    })
  }
  await update(tx, next)
  await record(tx, context, args.id, 'task:state', task.id, { from: task.state, to: args.state, by: args.by })
  return { task: viewTask(next) }
}

async function update(tx: Database, row: TaskRow): Promise<void> {
  await tx
    .updateTable('task')
    .set({ owner: row.owner, state: row.state, evidence: row.evidence, updated_at: row.updated_at })
    .where('orchestration_id', '=', row.orchestration_id)
    .where('id', '=', row.id)
    .execute()
}
