import type { Repository } from '@tmux-orchestrator/worktree'
import type { AgentView, OrchestrationView } from '../answers.ts'
import type { EngineRequests } from '../protocol.ts'
import type { RequestContext } from '../requests.ts'
import { teamOf } from '../requests.ts'
import type { Runtime } from '../runtime.ts'
import { errorCode } from '../runtime.ts'

/** One orchestration in depth; the commits of each agent are read from git, so that every one named exists. */
export async function showStatus(
  context: RequestContext,
  args: EngineRequests['orchestration.status']['args'],
): Promise<OrchestrationView> {
  const { runtime } = context
  const id = await teamOf(context, args.id)
  const status = await runtime.ledger.query('status', { id })
  if (args.commits === false) {
    return { ...status, agents: status.agents.map((agent) => ({ ...agent, commits: [] })) }
  }
  const repository = await openIfThere(runtime, status.project)
  const agents: AgentView[] = []
  for (const agent of status.agents) {
    const commits = repository ? await commitsOf(repository, status.baseCommit, agent) : []
    agents.push({ ...agent, commits })
  }
  const integration = await liveIntegration(repository, status.integration)
  return { ...status, integration, agents }
}

async function openIfThere(runtime: Runtime, path: string): Promise<Repository | undefined> {
  try {
    return await runtime.repository(path)
  } catch (error) {
    if (errorCode(error) === 'NO_SUCH_DIRECTORY' || errorCode(error) === 'NOT_A_REPOSITORY') return undefined
    throw error
  }
}

/** Commits on the agent's branch that it made itself: merges of other branches bring in others' commits. */
async function commitsOf(
  repository: Repository,
  base: string,
  agent: { readonly branch: string },
): Promise<string[]> {
  const tip = await repository.resolveCommit(`refs/heads/${agent.branch}`)
  if (tip === undefined) return []
  const commits = await repository.commits({ from: base, to: tip, firstParent: true })
  return commits.map((commit) => commit.commit)
}

async function liveIntegration(
  repository: Repository | undefined,
  integration: OrchestrationView['integration'],
): Promise<OrchestrationView['integration']> {
  if (!integration || !repository) return integration
  const tip = await repository.resolveCommit(`refs/heads/${integration.branch}`)
  return tip === undefined ? null : { branch: integration.branch, commit: tip }
}
