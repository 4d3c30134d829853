import type { Desired } from '../command-map.ts'
import { OrchestratorError } from '../errors.ts'
import type { EngineRequests } from '../protocol.ts'
import type { RequestContext } from '../requests.ts'

async function getDesired(
  { runtime }: RequestContext,
  target: string,
): Promise<{ desired: Desired; name: string | null }> {
  const { id, name } = await runtime.ledger.query('resolve', { target })
  const desired = await runtime.ledger.query('desired', { id })
  if (!desired) throw new OrchestratorError('NO_SUCH_ORCHESTRATION', `there is no orchestration ${id}`)
  return { desired, name }
}

/** What the team (or one agent) changed since the base. */
export async function showDiff(
  context: RequestContext,
  args: { target: string; stat?: boolean },
): Promise<EngineRequests['work.diff']['result']> {
  const { desired, name } = await getDesired(context, args.target)
  const repository = await context.runtime.repository(desired.project.path)
  const { orchestration } = desired
  const branch =
    name === null
      ? orchestration.integration_branch
      : desired.branches.find((candidate) => candidate.agent === name)?.name
  if (branch === undefined || branch === null) {
    throw new OrchestratorError('NO_SUCH_BRANCH', `${args.target} has no branch of its own`, {
      hint: `tmo diff ${orchestration.id}/NAME shows one agent's work`,
    })
  }
  const to = await repository.resolveCommit(`refs/heads/${branch}`)
  if (to === undefined) throw new OrchestratorError('NO_SUCH_BRANCH', `the branch ${branch} is gone`)
  const from = orchestration.base_commit
  const diff = await repository.diff({ from, to }, { stat: args.stat ?? false })
  return { diff, from, to }
}

const waits = {
  open: 'nothing is reported yet',
  conflicted: 'its conflict is not resolved yet',
  merged: 'it is merged already',
} as const

/** Only what was reported is ever merged; a job does it, which verifies before and after. */
export async function mergeWork(
  context: RequestContext,
  args: { target: string; dryRun?: boolean },
): Promise<EngineRequests['work.merge']['result']> {
  const { desired, name } = await getDesired(context, args.target)
  const { id, desired: wish } = desired.orchestration
  if (wish !== 'run')
    throw new OrchestratorError('WRONG_STATE', `${id} is ${desired.orchestration.state}, not running`, {
      hint: `tmo resume ${id}`,
    })
  const asked = desired.branches.filter(({ agent }) => name === null || agent === name)
  const refused = asked.flatMap(({ agent, state }) =>
    state === 'open' || state === 'conflicted' || state === 'merged' ? [{ agent, reason: waits[state] }] : [],
  )
  const held = new Set(refused.map(({ agent }) => agent))
  if (args.dryRun === true)
    return { id, queued: asked.map(({ agent }) => agent).filter((agent) => !held.has(agent)), refused }
  const { queued } = await context.runtime.ledger.command('branch.integrate', { id, name })
  context.runtime.wake({ jobs: true })
  return { id, queued, refused }
}

/** Fast-forward or merge, as refs and objects only: a branch that is checked out somewhere is refused, with the command to run there. */
export async function acceptWork(
  context: RequestContext,
  args: { id: string; branch: string; dryRun?: boolean },
): Promise<EngineRequests['work.accept']['result']> {
  const { desired } = await getDesired(context, args.id)
  const { orchestration } = desired
  const repository = await context.runtime.repository(desired.project.path)
  const from = orchestration.integration_branch
  const tip = from === null ? undefined : await repository.resolveCommit(`refs/heads/${from}`)
  if (from === null || tip === undefined) {
    throw new OrchestratorError('NO_SUCH_BRANCH', `${orchestration.id} has no integration branch`)
  }
  if (orchestration.state !== 'completed') {
    const why = `${orchestration.id} is ${orchestration.state}, not completed`
    return { status: 'refused', branch: args.branch, commit: null, reasons: [why] }
  }
  const target = await repository.resolveCommit(`refs/heads/${args.branch}`)
  if (target === undefined) {
    throw new OrchestratorError('NO_SUCH_BRANCH', `there is no branch ${JSON.stringify(args.branch)}`)
  }
  const holder = (await repository.listWorktrees()).find((tree) => tree.branch === args.branch)
  if (holder) {
    const why = `${args.branch} is checked out in ${holder.path}; run there: git merge ${from}`
    return { status: 'refused', branch: args.branch, commit: null, reasons: [why] }
  }
  const merged = await repository.merge({
    into: target,
    from: tip,
    message: `Merge ${from} into ${args.branch}`,
  })
  if (merged.status === 'conflicted') {
    return {
      status: 'conflicted',
      branch: args.branch,
      commit: null,
      reasons: merged.files.map((file) => `conflict in ${file}`),
    }
  }
  const isBehind = (await repository.commits({ from: tip, to: target })).length === 0
  const commit = merged.status === 'up-to-date' ? target : isBehind ? tip : merged.commit
  const status = merged.status === 'up-to-date' ? 'up-to-date' : isBehind ? 'fast-forward' : 'merged'
  if (args.dryRun === true || status === 'up-to-date')
    return { status, branch: args.branch, commit, reasons: [] }
  const moved = await repository.updateBranch(args.branch, commit, { expected: target })
  if (moved === 'moved')
    return {
      status: 'refused',
      branch: args.branch,
      commit: null,
      reasons: ['the branch was moved meanwhile'],
    }
  return { status, branch: args.branch, commit, reasons: [] }
}
