import type { Desired } from './command-map.ts'
import type { Runtime } from './runtime.ts'
import { describeError } from './runtime.ts'
import type { AgentRow } from './tables.ts'

/** Reads what the agent's program noted of its conversations, and keeps it. What cannot be read stays as it was told last. */
export async function readUsage(
  runtime: Runtime,
  { orchestration, conversations }: Pick<Desired, 'orchestration' | 'conversations'>,
  agent: AgentRow,
): Promise<void> {
  const adapter = runtime.adapter(orchestration.program)
  if (!adapter.usage) return
  const stateDir = runtime.folder(orchestration.id, agent.name)
  for (const { id, launches } of conversations.filter((one) => one.agent === agent.name)) {
    if (launches === 0) continue
    try {
      const usage = await adapter.usage({ conversationId: id, cwd: agent.worktree, stateDir })
      if (!usage) continue
      const key = { id: orchestration.id, name: agent.name }
      await runtime.ledger.command('usage.record', { ...key, conversationId: id, usage })
    } catch (error) {
      runtime.log({ level: 'warn', event: 'usage:unread', agent: agent.name, error: describeError(error) })
    }
  }
}

/** The same for everyone of a team, one after another. */
export async function readTeamUsage(runtime: Runtime, id: string): Promise<void> {
  const desired = await runtime.ledger.query('desired', { id })
  for (const agent of desired?.agents ?? []) if (desired) await readUsage(runtime, desired, agent)
}
