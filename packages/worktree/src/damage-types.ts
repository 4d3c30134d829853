import type { CancelOptions } from './types.ts'

/** What can be wrong with a worktree. */
export type DamageKind =
  /** The folder is gone. */
  | 'folder-gone'
  /** Its `.git` file is missing, garbled, or names a place that is not its git directory (the main repository was moved). */
  | 'git-file'
  /** Its `.git` is a folder: somebody has made another repository there. */
  | 'other-repository'
  /** Its git directory is gone (pruned while the folder was away), or lacks what leads back to the repository or the folder. */
  | 'git-directory'
  | 'head'
  /** The branch that it is on cannot be read, or has vanished although it had commits. */
  | 'branch-ref'
  | 'index'
  /** A lock of a git that is dead. */
  | 'stale-lock'
  /** A merge, rebase, pick or revert was begun and not ended. */
  | 'unfinished-operation'

/** One thing that is wrong with a worktree. */
export interface Damage {
  readonly kind: DamageKind
  /** What was seen, for a person. */
  readonly what: string
}

/** What the worktree should be, where it cannot say itself. */
export interface DiagnoseOptions extends CancelOptions {
  /** The short name of the branch that it should be on, for when it does not tell any more. */
  readonly branch?: string
}

/** What the worktree should be, and whether an unfinished merge is ended. */
export interface RepairOptions extends DiagnoseOptions {
  /** End an unfinished merge, rebase, pick or revert, after its state was saved. @defaultValue false: it is left as it is */
  readonly abortOperation?: boolean
  /** Make a folder that is gone anew from its branch. @defaultValue true */
  readonly recreate?: boolean
  /** Where what is replaced is saved first. @defaultValue `refs/tmo/preserved/<directory name>/*` */
  readonly preserveRef?: string
}

/** What was wrong, what was done, what was saved, and what is left. */
export interface RepairResult {
  /** `sound`: nothing was wrong. `unrepaired`: `remaining` says what still is. */
  readonly status: 'sound' | 'repaired' | 'unrepaired'
  readonly found: readonly Damage[]
  /** What was done, in order, for a person. */
  readonly done: readonly string[]
  /** Refs that hold what was replaced: damaged files, staged content that no index names any more, the state before an abort. */
  readonly saved: readonly string[]
  readonly remaining: readonly Damage[]
}

/** Which registrations may be forgotten. */
export interface PruneOptions extends CancelOptions {
  /** Also those that are locked. @defaultValue false */
  readonly locked?: boolean
  /** Only say what would be forgotten. @defaultValue false */
  readonly dryRun?: boolean
}

/** What was forgotten, and what was kept and why. */
export interface PruneResult {
  /** Registrations of folders that are gone, forgotten; what only they knew is in `saved`. */
  readonly pruned: readonly { readonly path: string; readonly saved?: string }[]
  readonly kept: readonly { readonly path: string; readonly reason: string }[]
}
