import type { Job } from '@tmux-orchestrator/scheduler-db'
import type { CommandContext, Database } from '../ledger.ts'
import { setAgentState } from './agents.ts'
import { giveUpResume } from './limits.ts'
import { setOrchestrationState } from './orchestrations.ts'

interface Payload {
  readonly id: string
  readonly agent?: string
  readonly limit?: string
}

/** What nobody will do any more is for a human: a verification, a merge, or telling an agent that its limit has ended. */
export async function tellOfDeath(
  tx: Database,
  job: Job,
  cause: string,
  context: CommandContext,
): Promise<void> {
  // A program of others may have put anything into a job of its own.
  const { id, agent: name = '', limit = '' } = { ...(job.payload as object) } as Partial<Payload>
  if (typeof id !== 'string' || !(await isOrchestration(tx, id))) return
  if (job.kind === 'integrate' || job.kind === 'finish') {
    const words = `${job.kind} ${cause}`
    await setOrchestrationState(tx, { id, state: 'needs-human', cause: words }, context)
  }
  if (job.kind === 'resume' && (await giveUpResume(tx, { id, name, limit }))) {
    const words = `${name} was not told that its limit has ended, which ${cause}; see to its window (tmo attach ${id}/${name}), then tmo resume ${id}`
    await setAgentState(tx, { id, name, state: 'needs-human', cause: words }, context)
    await setOrchestrationState(tx, { id, state: 'needs-human', cause: words }, context)
  }
}

async function isOrchestration(tx: Database, id: string): Promise<boolean> {
  const row = await tx
    .selectFrom('orchestration')
    .select('id')
    .where('id', '=', id)
    .where('removed_at', 'is', null)
    .executeTakeFirst()
  return row !== undefined
}
