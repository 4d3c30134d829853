import type { CancelOptions } from './types.ts'

/** Which ignored files, beside those that `.worktreeinclude` names. */
export interface CopyIncludedOptions extends CancelOptions {
  /** In the main worktree; patterns as in `.gitignore`. @defaultValue `.worktreeinclude` */
  readonly file?: string
  /** More patterns, as if they stood in the file. @defaultValue none */
  readonly patterns?: readonly string[]
  /** More than this is refused. @defaultValue 100000 */
  readonly maxFiles?: number
}

/** What was copied, and what was not and why. */
export interface CopyIncludedResult {
  readonly copied: readonly string[]
  readonly skipped: readonly { readonly path: string; readonly reason: string }[]
  /** Sizes of the copied files; where the file system shares blocks they take no space. */
  readonly bytes: number
}

/** Which hook, who has agreed to it, and how long it may take. */
export interface RunHookOptions extends CancelOptions {
  /** The program, a file with `#!` in the worktree. */
  readonly file: string
  /** What is run in place of the file's content, which somebody who works there may have changed. @defaultValue the file's */
  readonly content?: Uint8Array
  /** True for the hash of a content that a person has agreed to. */
  readonly isTrusted: (hash: string) => boolean
  /** @defaultValue 300000 */
  readonly timeoutMs?: number
  /** The end of what it writes to stdout and stderr is kept. @defaultValue 65536 */
  readonly maxOutputBytes?: number
  /** Added to this process's environment. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** Begin with this process's environment. @defaultValue true */
  readonly extendEnv?: boolean
  /** Told the process group as soon as it runs, for whoever has to end it when this process dies. */
  readonly onStart?: (pid: number) => void
}

/** What became of a hook. */
export type HookResult =
  /** Nobody has agreed to this content; nothing was run. */
  | { readonly status: 'untrusted'; readonly hash: string }
  | { readonly status: 'absent' }
  | {
      readonly status: 'succeeded' | 'failed' | 'timed-out'
      readonly hash: string
      /** Absent when a signal ended it. */
      readonly exitCode?: number
      /** The end of its output, both streams as they came. */
      readonly output: string
      /** How much it wrote before that. */
      readonly droppedBytes: number
      readonly durationMs: number
    }

/** How many ports, from which range, and which are taken. */
export interface AssignPortsOptions extends CancelOptions {
  /** Ports of one worktree. @defaultValue 10 */
  readonly size?: number
  /** @defaultValue 20000 */
  readonly from?: number
  /** Exclusive. @defaultValue 30000 */
  readonly to?: number
  /** Where to look first; all of the range is looked at. @defaultValue `from` */
  readonly preferred?: number
  /** Ranges that somebody else has, in other repositories say. @defaultValue none */
  readonly taken?: readonly PortRange[]
}

/** Ports of one worktree alone. */
export interface PortRange {
  readonly first: number
  /** Inclusive. */
  readonly last: number
}
