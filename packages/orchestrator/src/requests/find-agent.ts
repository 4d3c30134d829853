import type { Desired } from '../command-map.ts'
import { OrchestratorError } from '../errors.ts'
import { lookAtTmux, type PaneSight } from '../observe.ts'
import type { Runtime } from '../runtime.ts'
import type { AgentRow } from '../tables.ts'

export interface FoundAgent {
  readonly desired: Desired
  readonly agent: AgentRow
}

/**
 * The agent that `ID/NAME` names.
 *
 * @throws OrchestratorError BAD_ARGUMENT without a name; NO_SUCH_ORCHESTRATION, NO_SUCH_AGENT, AMBIGUOUS
 */
export async function findAgent(runtime: Runtime, target: string): Promise<FoundAgent> {
  const { id, name } = await runtime.ledger.query('resolve', { target })
  const desired = await runtime.ledger.query('desired', { id })
  if (!desired) throw new OrchestratorError('NO_SUCH_ORCHESTRATION', `there is no orchestration ${id}`)
  const hint = `its agents are: ${desired.agents.map((agent) => agent.name).join(', ')}`
  if (name === null || name === '') {
    throw new OrchestratorError('BAD_ARGUMENT', `${JSON.stringify(target)} names no agent: ID/NAME`, { hint })
  }
  const agent = desired.agents.find((candidate) => candidate.name === name)
  if (agent) return { desired, agent }
  throw new OrchestratorError('NO_SUCH_AGENT', `${id} has no agent ${JSON.stringify(name)}`, { hint })
}

/** Its window: the living one first; undefined when there is none, `unknown` when tmux does not tell. */
export async function findWindow(
  runtime: Runtime,
  agent: AgentRow,
): Promise<PaneSight | 'unknown' | undefined> {
  const sight = await lookAtTmux(runtime)
  if (!sight.known) return 'unknown'
  const own = (sight.panes.get(agent.orchestration_id) ?? []).filter((pane) => pane.agent === agent.name)
  return own.find((pane) => !pane.dead) ?? own[0]
}
