import type { AgentHandle } from '@tmux-orchestrator/agents'
import type { PaneSight } from './observe.ts'
import type { Runtime } from './runtime.ts'
import type { AgentRow } from './tables.ts'

/** Where adapters find an agent that runs in a pane. */
export function agentHandle(
  runtime: Runtime,
  agent: AgentRow,
  pane: Pick<PaneSight, 'pane' | 'pid'>,
): AgentHandle {
  return {
    conversationId: agent.conversation_id,
    cwd: agent.worktree,
    pane: pane.pane,
    pid: pane.pid,
    stateDir: runtime.folder(agent.orchestration_id, agent.name),
  }
}
