import { CliError } from '@tmux-orchestrator/cli'
import type { AgentView, OrchestrationView } from '@tmux-orchestrator/orchestrator'
import type { Distance, Repository, WorktreeReport } from '@tmux-orchestrator/worktree'

/** One agent's branch as git has it now. */
export interface SyncBranch {
  readonly agent: string
  readonly branch: string
  /** `open · reported · verified · queued · merged · conflicted`. */
  readonly state: AgentView['branchState']
  /** `null` when the branch is gone. */
  readonly commit: string | null
  readonly base: Distance | null
  /** `null` where the team has no integration branch. */
  readonly integration: Distance | null
  /** Files that differ from the commit in its worktree, untracked ones counted; `null` when it cannot be read. */
  readonly changes: number | null
  /** Since when the oldest of them differs, ISO 8601 UTC. */
  readonly changedSince: string | null
  /** Why its worktree cannot be read. */
  readonly broken: string | null
  /** Files in which a merge into the integration branch would conflict now. */
  readonly wouldConflict: readonly string[]
}

/** Two agents whose branches would conflict with each other. */
export interface PairConflict {
  readonly left: string
  readonly right: string
  readonly files: readonly string[]
}

/** What `tmo-sync status --json` prints. */
export interface SyncAnswer {
  readonly id: string
  readonly state: OrchestrationView['state']
  readonly base: { readonly branch: string; readonly commit: string }
  readonly integration: { readonly branch: string; readonly commit: string } | null
  readonly branches: readonly SyncBranch[]
  readonly pairs: readonly PairConflict[]
  /** Conflicts that wait for their owner. */
  readonly conflicts: OrchestrationView['conflicts']
}

/** Reads refs, objects and the state of worktrees; writes nothing. */
export async function readSync(view: OrchestrationView, repository: Repository): Promise<SyncAnswer> {
  const tips = new Map((await repository.listRefs('refs/heads/')).map(({ name, commit }) => [name, commit]))
  const reports = new Map((await repository.inspectAll()).map((report) => [report.worktree.path, report]))
  const tipOf = (branch: string): string | undefined => tips.get(`refs/heads/${branch}`)
  const integration =
    view.integration === null
      ? null
      : { ...view.integration, commit: tipOf(view.integration.branch) ?? view.integration.commit }
  const known = view.agents.flatMap((agent) => {
    const commit = tipOf(agent.branch)
    return commit === undefined ? [] : [{ agent: agent.name, commit }]
  })
  const commits = known.map(({ commit }) => commit)
  const against = integration === null ? undefined : { against: integration.commit }
  const [toIntegration, pairs] = await Promise.all([
    against === undefined ? [] : repository.predictConflicts(commits, against),
    repository.predictConflicts([...new Set(commits)]),
  ])
  const conflictsOf = new Map(known.map(({ agent }, index) => [agent, toIntegration[index]?.files ?? []]))
  const branches: SyncBranch[] = []
  for (const agent of view.agents) {
    const commit = tipOf(agent.branch)
    const measure = async (from: string | undefined): Promise<Distance | null> =>
      commit === undefined || from === undefined ? null : repository.distance({ from, to: commit })
    branches.push({
      agent: agent.name,
      branch: agent.branch,
      state: agent.branchState,
      commit: commit ?? null,
      base: await measure(view.baseCommit),
      integration: await measure(integration?.commit),
      ...changesOf(reports.get(agent.worktree)),
      wouldConflict: conflictsOf.get(agent.name) ?? [],
    })
  }
  return {
    id: view.id,
    state: view.state,
    base: { branch: view.base, commit: view.baseCommit },
    integration,
    branches,
    pairs: pairsByAgent(known, pairs),
    conflicts: view.conflicts,
  }
}

function changesOf(
  report: WorktreeReport | undefined,
): Pick<SyncBranch, 'changes' | 'changedSince' | 'broken'> {
  if (report === undefined) return { changes: null, changedSince: null, broken: null }
  const { broken, staged, unstaged, untracked, conflicted, dirtySinceAt } = report.state
  if (broken !== undefined) return { changes: null, changedSince: null, broken }
  const changedSince = dirtySinceAt === undefined ? null : new Date(dirtySinceAt).toISOString()
  return { changes: staged + unstaged + untracked + conflicted, changedSince, broken: null }
}

/** Agents on the same commit share their predictions. */
export function pairsByAgent(
  known: readonly { readonly agent: string; readonly commit: string }[],
  predictions: readonly {
    readonly left: string
    readonly right: string
    readonly files: readonly string[]
  }[],
): readonly PairConflict[] {
  const named = (commit: string): readonly string[] =>
    known.filter((one) => one.commit === commit).map(({ agent }) => agent)
  return predictions
    .filter(({ files }) => files.length > 0)
    .flatMap(({ left, right, files }) =>
      named(left).flatMap((one) => named(right).map((other) => ({ left: one, right: other, files }))),
    )
}

/** `ID/NAME` as its two parts. */
export function splitTarget(target: string): { readonly id: string; readonly name: string | undefined } {
  const slash = target.indexOf('/')
  if (slash < 0) return { id: target, name: undefined }
  return { id: target.slice(0, slash), name: target.slice(slash + 1) }
}

/** @throws CliError exit 1 */
export function getAgent(view: OrchestrationView, name: string): AgentView {
  const found = view.agents.find((agent) => agent.name === name)
  if (found !== undefined) return found
  throw new CliError('NO_SUCH_AGENT', `${view.id} has no agent ${JSON.stringify(name)}`, {
    hint: `there is: ${view.agents.map((agent) => agent.name).join(', ')}`,
  })
}
