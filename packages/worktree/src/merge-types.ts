import type { CancelOptions } from './types.ts'

/** What is merged into what, and the message of the commit. */
export interface MergeOptions extends CancelOptions {
  /** Commit merged into: first parent. */
  readonly into: string
  /** Commit merged: second parent. */
  readonly from: string
  readonly message: string
  /** @defaultValue `tmux-orchestrator <tmux-orchestrator@localhost>` */
  readonly author?: { readonly name: string; readonly email: string }
  /** Author and committer instant, epoch milliseconds. @defaultValue now */
  readonly date?: number
}

/** A commit with two parents, or the files that conflict; nothing is left behind then. */
export type MergeResult =
  | {
      readonly status: 'merged'
      readonly commit: string
      /** What differs between `into` and the merge. */
      readonly files: readonly string[]
      /** What each side has brought, file by file. */
      readonly sides: readonly FileSides[]
    }
  | { readonly status: 'up-to-date'; readonly commit: string }
  | {
      readonly status: 'conflicted'
      readonly files: readonly string[]
      /** What each side has brought to every file that either changed, the conflicted ones among them. */
      readonly sides: readonly FileSides[]
    }

/** One file that a merge touches, and what each side did to it since their common ancestor. */
export interface FileSides {
  readonly path: string
  /** Absent when `into` left it as it was. */
  readonly into?: FileChange
  /** Absent when `from` left it as it was. */
  readonly from?: FileChange
}

/** What one side did to a file. */
export interface FileChange {
  readonly kind: 'added' | 'modified' | 'deleted' | 'type-changed'
  /** Lines; absent for a binary file. */
  readonly addedLines?: number
  /** Lines; absent for a binary file. */
  readonly removedLines?: number
}

/** Whether commits are compared with one, or each with each. */
export interface PredictOptions extends CancelOptions {
  /** Each commit against this one alone. @defaultValue every pair of commits */
  readonly against?: string
}

/** What a merge of two commits would meet. */
export interface ConflictPrediction {
  readonly left: string
  readonly right: string
  /** The files that would conflict; empty when the two merge cleanly. */
  readonly files: readonly string[]
}

/** The two commits whose distance is asked for. */
export interface DistanceRange extends CancelOptions {
  /** A commit, ref or revision. */
  readonly from: string
  /** A commit, ref or revision. */
  readonly to: string
}

/** How far two commits are apart. */
export interface Distance {
  /** Commits of `to` that `from` lacks. */
  readonly ahead: number
  /** Commits of `from` that `to` lacks. */
  readonly behind: number
}

/** The commit that resolves a conflict, and its two sides. */
export interface CheckResolutionOptions extends CancelOptions {
  readonly into: string
  readonly from: string
  /** The commit that somebody has made of the two. */
  readonly resolution: string
  /** Lost lines beyond this are counted, not listed. @defaultValue 1000 */
  readonly maxLines?: number
}

/** What a resolution lacks of either side. */
export interface ResolutionReport {
  /** True when nothing below is listed. */
  readonly complete: boolean
  /** Sides that the resolution does not descend from. */
  readonly notMerged: readonly ('into' | 'from')[]
  /** Files in which conflict markers were left. */
  readonly markers: readonly string[]
  /** Lines that a side has added and the resolution lacks. */
  readonly lost: readonly LostLine[]
  /** All lost lines, also those beyond `maxLines`. */
  readonly lostCount: number
  /** Files that cannot be compared by line (binary, links, submodules) and are in the resolution neither side's. */
  readonly unlike: readonly string[]
}

/** A line that one side had and the resolution lacks. */
export interface LostLine {
  readonly path: string
  /** Whose line it was. */
  readonly side: 'into' | 'from'
  readonly line: string
  /** How often it is missing. */
  readonly count: number
}
