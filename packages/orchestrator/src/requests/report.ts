import { OrchestratorError } from '../errors.ts'
import type { EngineRequests } from '../protocol.ts'
import type { RequestContext } from '../requests.ts'
import { write } from '../requests.ts'

/**
 * An agent's report. `done` is taken only when its own tasks are done and every tracked change is committed; the
 * commit that it stands for is read from its branch, not from its words.
 */
export async function report(
  context: RequestContext,
  args: EngineRequests['report.add']['args'],
): Promise<EngineRequests['report.add']['result']> {
  const { caller, runtime } = context
  if (caller.kind !== 'agent') {
    throw new OrchestratorError('NOT_ALLOWED', 'reports are made by agents', {
      hint: 'run it in an agent’s pane',
    })
  }
  const desired = await runtime.ledger.query('desired', { id: caller.id })
  const agent = desired?.agents.find((candidate) => candidate.name === caller.name)
  if (!desired || !agent)
    throw new OrchestratorError('NO_SUCH_AGENT', `${caller.id} has no agent ${caller.name}`)
  let commit: string | null = null
  if (args.kind === 'done') {
    const repository = await runtime.repository(desired.project.path)
    const state = await repository.inspect(agent.worktree)
    const reasons = uncommitted(state, agent.branch)
    if (reasons.length > 0) return { accepted: false, reasons }
    commit = (await repository.resolveCommit(`refs/heads/${agent.branch}`)) ?? null
  }
  const result = await write(context, 'report.add', {
    id: caller.id,
    name: caller.name,
    kind: args.kind,
    note: args.note,
    commit,
  })
  runtime.wake({ id: caller.id, jobs: true, deliveries: true })
  return result
}

interface TreeState {
  readonly staged: number
  readonly unstaged: number
  readonly conflicted: number
  readonly branch?: string
  readonly broken?: string
}

function uncommitted(state: TreeState, branch: string): string[] {
  if (state.broken !== undefined) return [`your worktree cannot be read: ${state.broken}`]
  const counts = [
    [state.staged, 'staged'],
    [state.unstaged, 'changed'],
    [state.conflicted, 'conflicted'],
  ] as const
  const reasons = counts
    .filter(([count]) => count > 0)
    .map(([count, what]) => `${count} ${what} files are not committed`)
  if (state.branch !== branch) reasons.push(`your worktree is not on its branch ${branch}`)
  return reasons
}
