import { appendEvent } from '@tmux-orchestrator/scheduler-db'
import type { UpdateQueryBuilder, UpdateResult } from 'kysely'
import type { AgentKey } from '../command-map.ts'
import { OrchestratorError } from '../errors.ts'
import type { CommandContext, Database } from '../ledger.ts'
import type { AgentRow, OrchestrationRow, OrchestratorTables } from '../tables.ts'

/** The live orchestration of that id; removed ones are gone for every caller. */
export async function getOrchestration(db: Database, id: string): Promise<OrchestrationRow> {
  const row = await db
    .selectFrom('orchestration')
    .selectAll()
    .where('id', '=', id)
    .where('removed_at', 'is', null)
    .executeTakeFirst()
  if (row) return row
  throw new OrchestratorError('NO_SUCH_ORCHESTRATION', `there is no orchestration ${JSON.stringify(id)}`, {
    hint: 'tmo list shows the ones that exist',
  })
}

/** Where the project of an orchestration lies. */
export async function getProjectPath(
  db: Database,
  { project_id }: Pick<OrchestrationRow, 'project_id'>,
): Promise<string> {
  const project = await db
    .selectFrom('project')
    .select('path')
    .where('id', '=', project_id)
    .executeTakeFirstOrThrow()
  return project.path
}

/** The live orchestration of that id, while work can still be added to it. */
export async function getOpenOrchestration(db: Database, id: string): Promise<OrchestrationRow> {
  const row = await getOrchestration(db, id)
  if (row.state !== 'completed' && row.state !== 'failed' && row.state !== 'stopped') return row
  throw new OrchestratorError('WRONG_STATE', `${id} is ${row.state}, so nothing can be added to it`, {
    hint: row.state === 'stopped' ? `tmo resume ${id}` : 'start another run for more work',
  })
}

export async function getAgent(db: Database, id: string, name: string): Promise<AgentRow> {
  const row = await db
    .selectFrom('agent')
    .selectAll()
    .where('orchestration_id', '=', id)
    .where('name', '=', name)
    .executeTakeFirst()
  if (row) return row
  const names = await db.selectFrom('agent').select('name').where('orchestration_id', '=', id).execute()
  throw new OrchestratorError('NO_SUCH_AGENT', `${id} has no agent ${JSON.stringify(name)}`, {
    hint: `its agents are: ${names.map((agent) => agent.name).join(', ')}`,
  })
}

/** An update of one agent's row, whose values are still to be set. */
export function agentUpdate(
  tx: Database,
  { id, name }: AgentKey,
): UpdateQueryBuilder<OrchestratorTables, 'agent', 'agent', UpdateResult> {
  return tx.updateTable('agent').where('orchestration_id', '=', id).where('name', '=', name)
}

/** Every transition is one event with its cause. */
export async function record(
  tx: Database,
  context: CommandContext,
  stream: string,
  kind: string,
  subject: string | null,
  data: Readonly<Record<string, string | number | boolean | null | readonly string[]>>,
): Promise<void> {
  await appendEvent(
    tx,
    { stream, kind, ...(subject === null ? {} : { subject }), data: { ...data } },
    { now: context.now },
  )
}

export function checkInName(id: string, agent: string): string {
  return `check-in:${id}/${agent}`
}
