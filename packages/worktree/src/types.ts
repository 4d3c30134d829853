import type {
  Damage,
  DiagnoseOptions,
  PruneOptions,
  PruneResult,
  RepairOptions,
  RepairResult,
} from './damage-types.ts'
import type { DiskUse } from './disk-use.ts'
import type { Holder } from './find-holders.ts'
import type { Integration } from './integration.ts'
import type {
  CheckResolutionOptions,
  ConflictPrediction,
  Distance,
  DistanceRange,
  MergeOptions,
  MergeResult,
  PredictOptions,
  ResolutionReport,
} from './merge-types.ts'
import type {
  AssignPortsOptions,
  CopyIncludedOptions,
  CopyIncludedResult,
  PortRange,
} from './prepare-types.ts'
import type {
  ExpirePreservedOptions,
  ListPreservedOptions,
  PreservedWork,
  RestoreOptions,
  RestoreResult,
} from './preserved-types.ts'

/** A worktree as git registers it. */
export interface WorktreeInfo {
  /** Absolute path with symbolic links resolved. */
  readonly path: string
  /** Commit of `HEAD`; absent on an unborn branch and for a bare main worktree. */
  readonly head?: string
  /** Short branch name (`tmo/x/developer`); absent when detached or bare. */
  readonly branch?: string
  readonly bare: boolean
  readonly detached: boolean
  /** The reason of its lock, `''` when locked without one; absent when not locked. */
  readonly locked?: string
  /** Why git would prune the registration (its directory is gone); absent when it would not. */
  readonly prunable?: string
  /** True for the repository's own worktree, which this package never changes. */
  readonly main: boolean
  /** True while another process is still making it, or after that process was killed. */
  readonly halfMade?: true
}

/** What a worktree holds that is not in its `HEAD`. Untracked directories count once. */
export interface WorktreeState {
  /** Absent on an unborn branch or when broken. */
  readonly head?: string
  /** Absent when detached or broken. */
  readonly branch?: string
  readonly staged: number
  readonly unstaged: number
  readonly untracked: number
  readonly conflicted: number
  /** True only when all four counts are zero and the worktree is not broken. */
  readonly clean: boolean
  /** Commits of `HEAD` that `base` lacks; present when `base` was given. */
  readonly ahead?: number
  /** Commits of `base` that `HEAD` lacks; present when `base` was given. */
  readonly behind?: number
  /** Why it cannot be read (no directory, no or foreign `.git` file, garbled `HEAD` or index). A broken worktree is never clean. */
  readonly broken?: string
  /** What was left in the middle. */
  readonly operation?: WorktreeOperation
  /** When the longest-standing change was last written, epoch milliseconds; absent when clean. Of the first 1,000 paths. */
  readonly dirtySinceAt?: number
  /** When the newest change was written, epoch milliseconds; absent when clean. Of the first 1,000 paths. */
  readonly changedAt?: number
  /** How `base` has `HEAD`; present in a full inspection with a `base`. */
  readonly integration?: Integration
  /** True when a remote-tracking branch contains `HEAD`, as of the last fetch or push; present in a full inspection. */
  readonly pushed?: boolean
  /** Processes that work in it; present in a full inspection where the system shows processes. */
  readonly heldBy?: readonly Holder[]
  /** Epoch milliseconds. */
  readonly observedAt: number
}

/** What git has begun in a worktree and not ended. */
export type WorktreeOperation = 'merge' | 'rebase' | 'cherry-pick' | 'revert' | 'bisect'

/** A ref and what it points at. */
export interface RefInfo {
  /** Full name, `refs/heads/main`. */
  readonly name: string
  /** The object the ref points at, peeled to a commit where it is an annotated tag. */
  readonly commit: string
}

/** A commit, as its log tells it. */
export interface CommitInfo {
  readonly commit: string
  readonly author: string
  readonly email: string
  /** Author instant, epoch milliseconds. */
  readonly at: number
  readonly subject: string
}

/** Which git program, in which environment, and how long a command may take. */
export interface OpenRepositoryOptions {
  readonly signal?: AbortSignal
  /** The git program. @defaultValue `'git'` */
  readonly git?: string
  /** Limit of one git process. @defaultValue 120000 */
  readonly timeoutMs?: number
  /** How long to wait for the repository's lock. @defaultValue 120000 */
  readonly lockTimeoutMs?: number
  /** Environment of git; `GIT_DIR` and its like are removed. @defaultValue `process.env` */
  readonly env?: Readonly<Record<string, string | undefined>>
}

/** What ends a call before it is through. */
export interface CancelOptions {
  readonly signal?: AbortSignal
}

/** Where the branch has to stand for it to move. */
export interface UpdateBranchOptions extends CancelOptions {
  /** The commit the branch must stand on; `null`: it must not exist. */
  readonly expected: string | null
  /** Move the branch although a worktree has it checked out (that worktree then looks changed). @defaultValue false */
  readonly evenIfCheckedOut?: boolean
}

/** Where the branch has to stand to be deleted. */
export interface DeleteBranchOptions extends CancelOptions {
  readonly expected: string
}

/** Where it goes, its branch, and where that begins. */
export interface AddWorktreeOptions extends CancelOptions {
  /** Absent or an empty directory; missing parents are made. */
  readonly path: string
  /** Short branch name; `null`: detached at `base`. */
  readonly branch: string | null
  /** Where a new branch starts. An existing branch is checked out where it stands. */
  readonly base: string
  /** False: the branch must exist already. @defaultValue true */
  readonly createBranch?: boolean
}

/** What the worktree is compared with, and how much is looked at. */
export interface InspectOptions extends CancelOptions {
  /** Count commits against this one. */
  readonly base?: string
  /** Also whether it is merged, pushed and in use. @defaultValue false */
  readonly full?: boolean
}

/** What the worktrees are compared with. */
export interface InspectAllOptions extends CancelOptions {
  /** Count commits against this one, and say how it has each `HEAD`. */
  readonly base?: string
}

/** A registered worktree and what it holds. */
export interface WorktreeReport {
  readonly worktree: WorktreeInfo
  /** Of a bare main worktree, which has no files, `broken` says so. */
  readonly state: WorktreeState
}

/** The ref that the work is saved to. */
export interface PreserveOptions extends CancelOptions {
  /** Full ref name below `refs/`; a name ending in `/*` takes the next free number. */
  readonly ref: string
  readonly message?: string
}

/** Where the work is saved; nothing is written where there is none. */
export type PreserveResult =
  | {
      readonly status: 'preserved'
      readonly ref: string
      readonly commit: string
      /** Nested repositories whose content no commit of this repository can hold; absent when there is none. */
      readonly unsaved?: readonly string[]
    }
  | { readonly status: 'nothing-to-preserve' }

/** What must be true of the worktree, and what is saved before it goes. */
export interface RemoveWorktreeOptions extends CancelOptions {
  /** Refuse unless this branch is checked out there. */
  readonly branch?: string
  /** Refs that together must contain every commit of the worktree. Default: its branch, or any ref when detached. */
  readonly contained?: readonly string[]
  /** Save what would be lost to `preserveRef`, then remove. A lock and a nested repository still refuse. */
  readonly force?: 'preserve'
  /** @defaultValue `refs/tmo/preserved/<directory name>/*` */
  readonly preserveRef?: string
  /** Refuse while a process works in it or has a file of it open. @defaultValue false: they are only named */
  readonly unlessHeld?: boolean
}

/** Whether it went; a refusal says why and leaves it as it is. */
export type RemoveResult =
  | {
      readonly status: 'removed'
      readonly preserved?: { readonly ref: string; readonly commit: string }
      /** Processes that had it open when it went; absent when there was none. */
      readonly heldBy?: readonly Holder[]
    }
  | {
      readonly status: 'refused'
      readonly reasons: readonly string[]
      /** The files that would be lost, at most 200; absent when it is refused for something else. */
      readonly losses?: readonly string[]
      /** Processes that have it open; absent when there is none. */
      readonly heldBy?: readonly Holder[]
    }
  | { readonly status: 'absent' }

/** Where a scratch worktree has to stand still. */
export interface DiscardWorktreeOptions extends CancelOptions {
  /** The commit that the worktree was made at and must still stand on. */
  readonly at: string
}

/** The commits of `to` that `from` lacks. */
export interface CommitRange {
  readonly from: string
  readonly to: string
  /** Follow first parents only: what was committed there, without what was merged in. @defaultValue false */
  readonly firstParent?: boolean
}

/** Which form a diff has, and how long it may be. */
export interface DiffOptions extends CancelOptions {
  /** A table of files and counts instead of the patch. @defaultValue false */
  readonly stat?: boolean
  /** The text is cut at a line end, and says so. @defaultValue 1048576 */
  readonly maxBytes?: number
}

/** One git repository. It holds nothing open: there is nothing to close. */
export interface Repository {
  /** The main worktree, or the repository itself when bare; symbolic links resolved. */
  readonly root: string
  /** The directory shared by all worktrees (`.git`). */
  readonly commonDir: string
  readonly bare: boolean
  /** The main worktree's branch (also while unborn); absent when detached. */
  currentBranch(): Promise<string | undefined>
  /** The commit a ref or revision names; absent when it names none. */
  resolveCommit(ref: string): Promise<string | undefined>
  branchExists(name: string): Promise<boolean>
  /** Refs below a full prefix such as `refs/heads/tmo/`, by name. */
  listRefs(prefix: string): Promise<readonly RefInfo[]>
  /** An existing branch that keeps one of `names` from being created (`tmo` or `tmo/x/y` for `tmo/x`). */
  branchConflict(...names: readonly string[]): Promise<string | undefined>
  /**
   * Moves a branch from `expected` to `commit`, atomically, touching no worktree. `moved`: it did not stand on `expected`.
   * @throws BRANCH_IN_USE when a worktree has it checked out, BAD_REF
   */
  updateBranch(name: string, commit: string, options: UpdateBranchOptions): Promise<'updated' | 'moved'>
  /** @throws BRANCH_IN_USE when a worktree has it checked out */
  deleteBranch(name: string, options: DeleteBranchOptions): Promise<'deleted' | 'absent' | 'moved'>
  /**
   * A worktree on `branch` at `path`: made, or the identical one that exists, or a half-made one redone.
   * @throws PATH_TAKEN, BRANCH_IN_USE, BAD_REF, NO_COMMIT, LOCK_TIMEOUT, DISK_FULL, GIT_FAILED; after any of them nothing of it is left
   */
  addWorktree(options: AddWorktreeOptions): Promise<WorktreeInfo>
  /**
   * Copies from the main worktree what `.worktreeinclude` names and git ignores: settings and what a build needs. Replaces nothing.
   * @throws TOO_MANY_FILES
   */
  copyIncluded(path: string, options?: CopyIncludedOptions): Promise<CopyIncludedResult>
  /**
   * A range of ports that no other worktree of this repository has and nobody listened on, until the worktree is removed.
   * @throws NO_PORTS, NOT_A_REPOSITORY
   */
  assignPorts(path: string, options?: AssignPortsOptions): Promise<PortRange>
  /** Every registered worktree, the main one first. Source: `git worktree list --porcelain -z`. */
  listWorktrees(options?: CancelOptions): Promise<readonly WorktreeInfo[]>
  /** Takes no lock of git's. Source: `git status --porcelain=v2`. */
  inspect(path: string, options?: InspectOptions): Promise<WorktreeState>
  /** Every registered worktree in full, the main one first: one `git status` each, all else once for all. */
  inspectAll(options?: InspectAllOptions): Promise<readonly WorktreeReport[]>
  /**
   * Saves staged, unstaged and untracked files to a ref: a commit of the files whose parents are `HEAD` and a commit of the index.
   * Worktree, index, stash and branch stay as they are; ignored files are not saved.
   */
  preserve(path: string, options: PreserveOptions): Promise<PreserveResult>
  /**
   * Puts saved work back into a clean worktree that stands on the commit it lay upon: files, index with its stages and intents,
   * an unfinished merge. The ref stays. Refused with the reason otherwise, and in the main worktree.
   * @throws BAD_REF when the ref holds no saved worktree
   */
  restore(path: string, options: RestoreOptions): Promise<RestoreResult>
  /** Saved work, by ref. */
  listPreserved(options?: ListPreservedOptions): Promise<readonly PreservedWork[]>
  /** Forgets saved work that is older than the policy keeps, and answers it; its newest of each worktree stays. */
  expirePreserved(options: ExpirePreservedOptions): Promise<readonly PreservedWork[]>
  /** Removes a worktree of ours or says why not. Never the main one, never a locked one, never unsaved work. */
  removeWorktree(path: string, options?: RemoveWorktreeOptions): Promise<RemoveResult>
  /** What each registered worktree takes on the disk, and what could be freed. */
  measureDisk(options?: CancelOptions): Promise<readonly DiskUse[]>
  /** Removes a detached scratch worktree with the files that were built in it; refused when it has commits of its own. */
  discardWorktree(path: string, options: DiscardWorktreeOptions): Promise<RemoveResult>
  /**
   * Removes the locks that a git which was killed left in a worktree, so that its next commit can be made; answers their
   * paths. None while a process works in that directory, none of the main worktree.
   */
  removeStaleLocks(path: string): Promise<readonly string[]>
  /** What is wrong with a worktree; empty when nothing is. Changes nothing. */
  diagnose(path: string, options?: DiagnoseOptions): Promise<readonly Damage[]>
  /**
   * Mends what `diagnose()` finds by the gentlest means. The files that somebody works on are never written; what is replaced is
   * saved to a ref first. Never the main worktree.
   */
  repair(path: string, options?: RepairOptions): Promise<RepairResult>
  /** Forgets worktrees whose folder is gone, and saves what was staged in them, or commits of theirs that no ref has. */
  prune(options?: PruneOptions): Promise<PruneResult>
  /** Merges two commits in the object store alone: no ref, index or file changes. Always a commit with two parents. */
  merge(options: MergeOptions): Promise<MergeResult>
  /** How far two commits have gone from each other. @throws BAD_REF */
  distance(range: DistanceRange): Promise<Distance>
  /**
   * What would conflict if these commits were merged, between every two of them or each with one. Nothing is written. Histories
   * without a common ancestor are taken as begun from nothing. Source: `git merge-tree --stdin` (git 2.39).
   */
  predictConflicts(
    commits: readonly string[],
    options?: PredictOptions,
  ): Promise<readonly ConflictPrediction[]>
  /** Whether a resolution kept what both sides added: lost lines, leftover markers, sides it does not descend from. */
  checkResolution(options: CheckResolutionOptions): Promise<ResolutionReport>
  /** Commits reachable from `to` and not from `from`, newest first. */
  commits(range: CommitRange, options?: CancelOptions): Promise<readonly CommitInfo[]>
  /** The content of a regular file at a commit, as it is stored; absent when there is none at that path. @throws BAD_REF */
  readFile(commit: string, path: string, options?: CancelOptions): Promise<Uint8Array | undefined>
  /** The patch from one commit to another, without external diff programs or text conversion. */
  diff(range: CommitRange, options?: DiffOptions): Promise<string>
  /** Runs `fn` while no other process adds or removes worktrees here through this package. Calls inside `fn` join it. */
  withLock<T>(fn: () => Promise<T>, options?: CancelOptions): Promise<T>
}
