import { existsSync } from 'node:fs'
import { rm, rmdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Repository } from '@tmux-orchestrator/worktree'
import type { Desired } from '../command-map.ts'
import { OrchestratorError } from '../errors.ts'
import { endPreparations } from '../prepare-worktree.ts'
import type { EngineRequests } from '../protocol.ts'
import { readTeamUsage } from '../read-usage.ts'
import type { RequestContext } from '../requests.ts'
import { tearDown } from '../run-team-hook.ts'
import type { Runtime } from '../runtime.ts'
import { errorCode } from '../runtime.ts'
import { sweep } from '../verify.ts'

const removable = new Set(['completed', 'failed', 'stopped'])

interface Inventory {
  readonly removed: string[]
  readonly kept: string[]
  /** Tear-downs that failed, and why: what they should have freed may still be there. */
  readonly failed: string[]
}

/**
 * Removes what an ended orchestration left behind: its session, its worktrees (unsaved work first goes to a ref) and
 * the branches whose commits stand elsewhere. A branch that alone holds commits stays, and is named.
 */
export async function cleanUp(
  context: RequestContext,
  args: { id: string; dryRun?: boolean },
): Promise<EngineRequests['orchestration.remove']['result']> {
  const { runtime } = context
  const { id } = await runtime.ledger.query('resolve', { target: args.id })
  const desired = await runtime.ledger.query('desired', { id })
  if (!desired) return { id, removed: [], kept: [], failed: [] }
  if (!removable.has(desired.orchestration.state)) {
    throw new OrchestratorError('WRONG_STATE', `${id} is ${desired.orchestration.state}`, {
      hint: `tmo stop ${id}`,
    })
  }
  const inventory: Inventory = { removed: [], kept: [], failed: [] }
  const isDry = args.dryRun === true
  if (!isDry)
    await runtime.ledger.command('orchestration.desire', { id, desired: 'remove', cause: 'cleaned by you' })
  if (isDry) inventory.removed.push(`session ${desired.orchestration.session_name}`)
  else await runtime.closeSession(desired)
  const repository = await openIfThere(runtime, desired)
  const [first] = desired.agents
  if (repository && first && !isDry) await sweep(repository, dirname(first.worktree))
  if (repository && !isDry) {
    await endPreparations(runtime, desired.agents)
    const left = await Promise.all(desired.agents.map((agent) => tearDown(runtime, desired, agent)))
    inventory.failed.push(...left.filter((why) => why !== undefined))
  }
  for (const agent of desired.agents) {
    if (isDry) inventory.removed.push(`worktree ${agent.worktree}`)
    else if (repository) await removeTree(repository, desired, agent.worktree, agent.name, inventory)
    else if (existsSync(agent.worktree)) inventory.kept.push(orphaned(agent.worktree))
  }
  if (repository) await removeBranches(repository, desired, inventory, isDry)
  if (isDry || inventory.kept.some((what) => what.startsWith('worktree'))) return { id, ...inventory }
  await readTeamUsage(runtime, id)
  await rm(runtime.folder(id), { recursive: true, force: true })
  if (first) await removeEmpty(dirname(first.worktree))
  await runtime.ledger.command('orchestration.removed', { id })
  return { id, ...inventory }
}

/** The project itself may be gone; then there is nothing of git's left to tidy. */
async function openIfThere(runtime: Runtime, desired: Desired): Promise<Repository | undefined> {
  try {
    return await runtime.repository(desired.project.path)
  } catch (error) {
    if (errorCode(error) === 'NO_SUCH_DIRECTORY' || errorCode(error) === 'NOT_A_REPOSITORY') return undefined
    throw error
  }
}

/** Without its repository nothing tells, and nothing could keep, what of it is saved nowhere else. */
function orphaned(path: string): string {
  return `worktree ${path}: its repository is gone; look into it, remove it by hand, and clean again`
}

async function removeTree(
  repository: Repository,
  desired: Desired,
  path: string,
  name: string,
  inventory: Inventory,
): Promise<void> {
  const outcome = await repository.removeWorktree(path, {
    force: 'preserve',
    preserveRef: `refs/tmo/preserved/${desired.orchestration.id}/${name}/*`,
  })
  if (outcome.status === 'removed') {
    inventory.removed.push(`worktree ${path}`)
    if (outcome.preserved) inventory.kept.push(`ref ${outcome.preserved.ref}`)
  }
  if (outcome.status === 'refused') inventory.kept.push(`worktree ${path}: ${outcome.reasons.join('; ')}`)
}

/** A branch goes only when another ref that stays holds all its commits. */
async function removeBranches(
  repository: Repository,
  desired: Desired,
  inventory: Inventory,
  isDry: boolean,
): Promise<void> {
  const { orchestration, branches } = desired
  const integration = orchestration.integration_branch
  const base = await repository.resolveCommit(`refs/heads/${orchestration.base_branch}`)
  const tip = integration === null ? undefined : await repository.resolveCommit(`refs/heads/${integration}`)
  for (const branch of branches) {
    const commit = await repository.resolveCommit(`refs/heads/${branch.name}`)
    if (commit === undefined) continue
    const isHeld = (await isIn(repository, commit, tip)) || (await isIn(repository, commit, base))
    await dropBranch(repository, branch.name, commit, isHeld, inventory, isDry)
  }
  if (integration !== null && tip !== undefined) {
    await dropBranch(repository, integration, tip, await isIn(repository, tip, base), inventory, isDry)
  }
}

async function isIn(repository: Repository, commit: string, holder: string | undefined): Promise<boolean> {
  if (holder === undefined) return false
  return (await repository.commits({ from: holder, to: commit })).length === 0
}

async function dropBranch(
  repository: Repository,
  name: string,
  commit: string,
  isHeld: boolean,
  inventory: Inventory,
  isDry: boolean,
): Promise<void> {
  if (!isHeld) {
    inventory.kept.push(`branch ${name}`)
    return
  }
  if (!isDry) await repository.deleteBranch(name, { expected: commit })
  inventory.removed.push(`branch ${name}`)
}

async function removeEmpty(folder: string): Promise<void> {
  try {
    await rmdir(folder)
    await rmdir(dirname(folder))
  } catch (error) {
    const code = errorCode(error)
    if (code !== 'ENOTEMPTY' && code !== 'ENOENT' && code !== 'EEXIST') throw error
  }
}
