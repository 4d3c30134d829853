import { stopAgent } from '@tmux-orchestrator/agents'
import { probeProcess } from './process-identity.ts'
import type { Runtime } from './runtime.ts'
import type { AgentRow } from './tables.ts'

/** A program whose window is gone gets this long to end by itself, then is asked, then is killed. */
export const politeMs = 5_000
const pollMs = 20

/** Waits until the agents' programs are gone; those that stay are asked with all that they started, then killed. */
export async function endPrograms(runtime: Runtime, agents: readonly AgentRow[]): Promise<void> {
  const until = performance.now() + politeMs
  while (agents.some(isAlive) && performance.now() < until) {
    await new Promise((resolve) => setTimeout(resolve, pollMs))
  }
  await Promise.all(agents.filter(isAlive).map((agent) => endProgram(runtime, agent)))
}

/** Exactly the process that was recorded, by pid and start time, so that no other one is hit. */
function isAlive(agent: AgentRow): boolean {
  return probeProcess(agent.pane_pid, agent.pane_pid_start) === 'present'
}

/** Asks now, and kills what stays. */
export async function endProgram(runtime: Runtime, agent: AgentRow): Promise<void> {
  if (agent.pane_pid === null || !isAlive(agent)) return
  const outcome = await stopAgent({ pid: agent.pane_pid }, { graceMs: politeMs })
  const said = { agent: agent.name, pid: agent.pane_pid, outcome }
  runtime.log({ level: 'warn', event: 'agent:outlives-its-window', ...said })
}
