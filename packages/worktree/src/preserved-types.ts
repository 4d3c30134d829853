import type { CancelOptions } from './types.ts'

/** Work that was saved to a ref. */
export interface PreservedWork {
  readonly ref: string
  readonly commit: string
  /** First line of what it was saved with. */
  readonly subject: string
  /** The commit that it lay upon; absent on an unborn branch. */
  readonly head?: string
  /** The branch that it lay on; absent when it was detached, or only commits were saved. */
  readonly branch?: string
  /** When it was saved, epoch milliseconds; absent when only commits were saved, which carry their own times. */
  readonly savedAt?: number
  /** True when the ref holds commits alone, no uncommitted work. */
  readonly commitsOnly: boolean
}

/** Below which refs saved work is looked for. */
export interface ListPreservedOptions extends CancelOptions {
  /** @defaultValue `refs/tmo/preserved/` */
  readonly prefix?: string
}

/** The ref that holds the saved work. */
export interface RestoreOptions extends CancelOptions {
  /** The ref, or commit, that `preserve()` or a removal has answered. */
  readonly ref: string
}

/** What came back, or why nothing was touched. */
export type RestoreResult =
  | {
      readonly status: 'restored'
      readonly commit: string
      /** Paths that are not exactly as they were saved: nested repositories, and what an attribute or a filter changes. */
      readonly inexact: readonly string[]
    }
  | { readonly status: 'refused'; readonly reasons: readonly string[] }

/** What may be forgotten. Without a limit nothing is. */
export interface ExpirePreservedOptions extends ListPreservedOptions {
  /** Only what was saved longer ago than this. */
  readonly olderThanMs: number
  /** The newest of each worktree (refs of one folder) that are kept whatever their age. @defaultValue 1 */
  readonly keepNewest?: number
  /** Epoch milliseconds. @defaultValue now */
  readonly now?: number
  /** Only say what would be forgotten. @defaultValue false */
  readonly dryRun?: boolean
}
