import type { Git } from './git.ts'
import type { ProcessIdentity } from './process-identity.ts'
import type { RepositoryLock } from './repository-lock.ts'
import type { Slots } from './slots.ts'

/** What every operation on one repository works with. */
export interface Context {
  readonly git: Git
  readonly root: string
  readonly commonDir: string
  readonly bare: boolean
  readonly self: ProcessIdentity
  readonly lock: RepositoryLock
  readonly lockTimeoutMs: number
  /** Checkouts at the same time: more than the machine has cores only makes each slower. */
  readonly checkouts: Slots
  /** Ids that git has called commits. An object never becomes another, so it is not asked again. */
  readonly knownCommits: Set<string>
  /** Whether temporary folders of the dead were looked for. */
  readonly sweeps: { done: boolean }
  /** By git directory: what keeps the repository's own filters from being started, as its configuration stood. */
  readonly disarmed: Map<
    string,
    { readonly signature: string; readonly env: Readonly<Record<string, string>> }
  >
}

/** Where git runs for operations on refs and objects: in the common directory, where no worktree's attributes apply. */
export function inStore(context: Context): { readonly cwd: string; readonly gitDir: string } {
  return { cwd: context.commonDir, gitDir: context.commonDir }
}

/**
 * Runs git with the words of its owner and of the held lock in its environment: whoever takes the lock after our death finds by
 * them what is still at work, and waits for it.
 */
export function ownedGit(git: Git, lock: RepositoryLock): Git {
  return (args, run) => {
    const words = [run.owner, lock.token].filter((word) => word !== undefined)
    if (words.length === 0) return git(args, run)
    return git(args, { ...run, env: { ...run.env, TMO_GIT_OWNER: words.join(' ') } })
  }
}

/** How git runs in a worktree, by nobody's word but ours about what repository it belongs to. */
export function inWorktree(
  context: Context,
  { path, gitDir }: { readonly path: string; readonly gitDir: string },
): { readonly cwd: string; readonly gitDir: string; readonly commonDir: string; readonly workTree: string } {
  return { cwd: path, gitDir, commonDir: context.commonDir, workTree: path }
}
