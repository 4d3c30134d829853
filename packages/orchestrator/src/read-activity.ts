import type { Activity } from '@tmux-orchestrator/agents'
import { agentHandle } from './agent-handle.ts'
import type { PaneSight } from './observe.ts'
import type { Runtime } from './runtime.ts'
import type { AgentRow } from './tables.ts'

/** What an agent does in its window at this moment. */
export async function readActivity(
  runtime: Runtime,
  program: string,
  agent: AgentRow,
  pane: PaneSight,
): Promise<Activity> {
  const screen = async (): Promise<string> => {
    const tmux = await runtime.tmux()
    return (await tmux.capture(pane.pane, { attributes: true })).text
  }
  const look = { dead: pane.dead, title: pane.title, screen }
  return await runtime.adapter(program).activity(agentHandle(runtime, agent, pane), look)
}
