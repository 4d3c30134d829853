import type { Activity, Signal } from '@tmux-orchestrator/agents'
import { lookIntoBox } from '../agent-box.ts'
import { agentHandle } from '../agent-handle.ts'
import type { BoxView, SignalView } from '../answers.ts'
import type { EngineRequests } from '../protocol.ts'
import type { RequestContext } from '../requests.ts'
import type { Runtime } from '../runtime.ts'
import { toIso } from '../views.ts'
import { type FoundAgent, findAgent, findWindow } from './find-agent.ts'

/** Why an agent is said to do what it does: the signal that decided, and what the others said. */
export async function explain(
  { runtime }: RequestContext,
  args: EngineRequests['agent.explain']['args'],
): Promise<EngineRequests['agent.explain']['result']> {
  const found = await findAgent(runtime, args.target)
  const { agent, desired } = found
  const { activity, box } = await look(runtime, found)
  const { others, ...verdict } = activity
  const now = runtime.now()
  const stateDir = runtime.folder(agent.orchestration_id, agent.name)
  const adapter = runtime.adapter(desired.orchestration.program)
  const watched = await adapter.watchedOnly?.({ stateDir })
  return {
    agent: `${agent.orchestration_id}/${agent.name}`,
    program: desired.orchestration.program,
    state: agent.state,
    cause: agent.cause,
    watchedOnly: watched ?? null,
    screenRules: adapter.rules ? { version: adapter.rules.version, source: adapter.rules.source } : null,
    verdict: viewSignal(verdict, now),
    others: others.map((signal) => viewSignal(signal, now)),
    box,
    lookedAt: toIso(now),
  }
}

interface Looked {
  readonly activity: Activity
  readonly box: BoxView
}

async function look(runtime: Runtime, { desired, agent }: FoundAgent): Promise<Looked> {
  const pane = await findWindow(runtime, agent)
  const tmux = await runtime.runningTmux().catch(() => undefined)
  if (pane === 'unknown') return nothing('tmux does not tell whether it has a window')
  if (pane === undefined || !tmux) return nothing('it has no window now')
  const screen = async (): Promise<string> => (await tmux.capture(pane.pane, { attributes: true })).text
  const adapter = runtime.adapter(desired.orchestration.program)
  const sight = { dead: pane.dead, title: pane.title, screen }
  const activity = await adapter.activity(agentHandle(runtime, agent, pane), sight)
  if (pane.dead) return { activity, box: unseen }
  return { activity, box: await lookIntoBox(runtime, { desired, agent, pane, screen: await screen() }) }
}

const unseen: BoxView = { holds: 'unseen', message: null }

/** Nothing was asked, so that nothing is known and no time belongs to it. */
function nothing(detail: string): Looked {
  return { activity: { state: 'unknown', source: 'none', at: 0, detail, others: [] }, box: unseen }
}

function viewSignal(signal: Signal, now: number): SignalView {
  const isTimed = signal.at > 0
  return {
    state: signal.state,
    detail: signal.detail ?? null,
    source: signal.source,
    at: isTimed ? toIso(signal.at) : null,
    ageMs: isTimed ? Math.max(0, Math.round(now - signal.at)) : null,
    ...(signal.state === 'error' && { error: signal.error }),
    ...(signal.state === 'limited' && {
      resetAt: toIso(signal.resetAt ?? null),
      continuesItself: signal.continuesItself ?? false,
    }),
  }
}
