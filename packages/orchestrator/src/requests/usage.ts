import type { Desired } from '../command-map.ts'
import type { CostView } from '../cost.ts'
import { OrchestratorError } from '../errors.ts'
import type { LimitView } from '../limit-view.ts'
import type { EngineRequests } from '../protocol.ts'
import { readTeamUsage } from '../read-usage.ts'
import type { RequestContext } from '../requests.ts'
import { errorCode, type Runtime } from '../runtime.ts'
import type { LimitRow } from '../tables.ts'
import { toIso } from '../views.ts'
import { findAgent } from './find-agent.ts'

/** What teams have used; the records of programs that can still be read are read first. */
export async function showCost(
  { runtime }: RequestContext,
  args: EngineRequests['usage.cost']['args'],
): Promise<EngineRequests['usage.cost']['result']> {
  const ids =
    args.id === undefined ? await listIds(runtime, args.all ?? false) : [await idOf(runtime, args.id)]
  const orchestrations: CostView[] = []
  for (const id of ids) {
    await readTeamUsage(runtime, id)
    orchestrations.push(await runtime.ledger.query('cost', { id }))
  }
  return { orchestrations }
}

async function listIds(runtime: Runtime, all: boolean): Promise<readonly string[]> {
  const { orchestrations } = await runtime.ledger.query('list', { all })
  return orchestrations.map((one) => one.id)
}

/** A team that was removed is no target any more, but what it used is still known. */
async function idOf(runtime: Runtime, target: string): Promise<string> {
  try {
    return (await runtime.ledger.query('resolve', { target })).id
  } catch (error) {
    if (errorCode(error) !== 'NO_SUCH_ORCHESTRATION') throw error
    return target
  }
}

export async function listLimits(
  { runtime }: RequestContext,
  args: EngineRequests['limit.list']['args'],
): Promise<EngineRequests['limit.list']['result']> {
  const id = args.id === undefined ? null : (await runtime.ledger.query('resolve', { target: args.id })).id
  const { limits } = await runtime.ledger.query('limits', { id })
  const teams = new Map<string, Desired | null>()
  for (const { orchestration_id: of } of limits) {
    if (!teams.has(of)) teams.set(of, await runtime.ledger.query('desired', { id: of }))
  }
  return {
    limits: limits.map((row) => viewLimit(row, teams.get(row.orchestration_id)?.orchestration.program ?? '')),
  }
}

/** A person knows better than the record: the agent counts as free, and is not told to go on. */
export async function clearLimit(
  { runtime }: RequestContext,
  args: EngineRequests['limit.clear']['args'],
): Promise<EngineRequests['limit.clear']['result']> {
  const { agent, desired } = await findAgent(runtime, args.target)
  const key = { id: agent.orchestration_id, name: agent.name }
  const { limit } = await runtime.ledger.command('limit.clear', key)
  if (limit) return { limit: viewLimit(limit, desired.orchestration.program) }
  throw new OrchestratorError('WRONG_STATE', `${key.id}/${key.name} has no limit to forget`, {
    hint: 'tmo credits status shows who is limited',
  })
}

function viewLimit(row: LimitRow, program: string): LimitView {
  return {
    agent: `${row.orchestration_id}/${row.agent}`,
    program,
    detail: row.detail,
    since: toIso(row.seen_at),
    resetAt: toIso(row.reset_at),
    atReset: row.continues_itself === 1 ? 'continues-itself' : row.resume_at === null ? 'unknown' : 'resumed',
    resumeAt: toIso(row.resume_at),
  }
}
