import { OrchestratorError } from '../errors.ts'
import type { PaneSight } from '../observe.ts'
import { lookAtTmux } from '../observe.ts'
import type { EngineRequests } from '../protocol.ts'
import type { RequestContext } from '../requests.ts'

interface Found {
  readonly session: string
  readonly pane: PaneSight | undefined
}

async function find({ runtime }: RequestContext, target: string): Promise<Found> {
  const { id, name } = await runtime.ledger.query('resolve', { target })
  const desired = await runtime.ledger.query('desired', { id })
  if (!desired) throw new OrchestratorError('NO_SUCH_ORCHESTRATION', `there is no orchestration ${id}`)
  const wanted = name ?? desired.agents[0]?.name
  if (!desired.agents.some((agent) => agent.name === wanted)) {
    throw new OrchestratorError('NO_SUCH_AGENT', `${id} has no agent ${JSON.stringify(wanted)}`, {
      hint: `its agents are: ${desired.agents.map((agent) => agent.name).join(', ')}`,
    })
  }
  const sight = await lookAtTmux(runtime)
  const pane = sight.panes.get(id)?.find((candidate) => candidate.agent === wanted)
  return { session: desired.orchestration.session_name, pane }
}

export async function showPane(
  context: RequestContext,
  args: { target: string },
): Promise<EngineRequests['agent.pane']['result']> {
  const { session, pane } = await find(context, args.target)
  const tmux = await context.runtime.runningTmux()
  return {
    session,
    window: pane?.window ?? null,
    pane: pane?.pane ?? null,
    socket: tmux?.server.socketPath ?? '',
    transcript: null,
  }
}

export async function readScreen(
  context: RequestContext,
  args: { target: string; lines?: number },
): Promise<EngineRequests['agent.screen']['result']> {
  const { pane } = await find(context, args.target)
  const tmux = await context.runtime.runningTmux()
  if (!pane || !tmux) {
    throw new OrchestratorError('WRONG_STATE', `${args.target} has no window now`, {
      hint: `tmo status ${args.target.split('/')[0] ?? ''} tells its state`,
    })
  }
  const capture = await tmux.capture(pane.pane, { lines: args.lines ?? 2000, join: true })
  const lines = [...capture.lines]
  while (lines.length > 0 && lines.at(-1)?.trim() === '') lines.pop()
  return { lines, alive: !pane.dead }
}
