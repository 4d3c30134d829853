import type { Git } from './git.ts'
import type { OwnerRecord } from './owner-record.ts'
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
}

/** Where git runs for operations on refs and objects: in the common directory, where no worktree's attributes apply. */
export function inStore(context: Context): { readonly cwd: string; readonly gitDir: string } {
  return { cwd: context.commonDir, gitDir: context.commonDir }
}

/** The environment by which processes of this owner are found again after his death. */
export function ownedBy(...tokens: readonly OwnerRecord['token'][]): Readonly<Record<string, string>> {
  return { TMO_GIT_OWNER: tokens.join(' ') }
}
