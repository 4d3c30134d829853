import { deliver } from '@tmux-orchestrator/agents'
import type { PaneId } from '@tmux-orchestrator/tmux-driver'
import type { Pass } from './act.ts'
import type { Runtime } from './runtime.ts'
import { describeError } from './runtime.ts'
import type { AgentRow } from './tables.ts'

interface Brief {
  readonly pane: PaneId
  readonly pid: number
  readonly token: string
  readonly text: string
}

const againMs = 300

/**
 * Types the brief of a program that takes none on its command line, once its box is up. What is refused was not typed and is tried
 * again until the brief's time is over; whether it arrived is for the proof to say: the program's transcript, or its token in a report.
 */
export async function pasteBrief(runtime: Runtime, pass: Pass, agent: AgentRow, brief: Brief): Promise<void> {
  const { orchestration } = pass.desired
  const until = runtime.now() + orchestration.brief_timeout_ms
  try {
    while (runtime.now() < until && !runtime.signal.aborted) {
      const outcome = await deliver({
        tmux: await runtime.tmux(),
        adapter: runtime.adapter(orchestration.program),
        handle: {
          conversationId: agent.conversation_id,
          cwd: agent.worktree,
          pane: brief.pane,
          pid: brief.pid,
          stateDir: runtime.folder(agent.orchestration_id, agent.name),
        },
        message: { token: brief.token, text: brief.text },
        signal: runtime.signal,
      })
      if (outcome.status !== 'refused') return
      runtime.log({ level: 'debug', event: 'brief:refused', agent: agent.name, reason: outcome.reason })
      await new Promise((resolve) => setTimeout(resolve, againMs))
    }
  } catch (error) {
    if (runtime.signal.aborted) return
    runtime.log({ level: 'error', event: 'brief:failed', agent: agent.name, error: describeError(error) })
  }
}
