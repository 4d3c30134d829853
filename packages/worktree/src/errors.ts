/** What each code tells beside its message. */
export interface WorktreeErrorDetails {
  NO_SUCH_DIRECTORY: { readonly path: string }
  NOT_A_REPOSITORY: { readonly path: string }
  NO_COMMIT: { readonly path: string }
  BAD_REF: { readonly ref: string }
  BAD_TEMPLATE: { readonly template: string; readonly known: readonly string[] }
  PATH_TAKEN: { readonly path: string; readonly reason: string }
  BRANCH_IN_USE: { readonly branch: string; readonly path?: string; readonly conflictsWith?: string }
  LOCK_TIMEOUT: { readonly path: string; readonly owner: string; readonly waitedMs: number }
  GIT_FAILED: GitFailure
  GIT_NOT_FOUND: { readonly program: string }
  TOO_MANY_FILES: { readonly path: string; readonly count: number; readonly max: number }
  NO_PORTS: { readonly from: number; readonly to: number; readonly size: number }
  DISK_FULL: { readonly path: string; readonly failure?: GitFailure }
}

/** One git process that failed. */
export interface GitFailure {
  readonly argv: readonly string[]
  readonly cwd: string
  /** Absent when a signal or the deadline ended it. */
  readonly exitCode?: number
  readonly timedOut: boolean
  /** The last lines it wrote to stderr. */
  readonly stderr: string
  readonly durationMs: number
}

/** What can go wrong, as a word; the README says when and what to do. */
export type WorktreeErrorCode = keyof WorktreeErrorDetails

/** What goes with an error: details of its code, a hint, the cause. */
export interface WorktreeErrorInit<C extends WorktreeErrorCode> {
  readonly details: WorktreeErrorDetails[C]
  readonly hint: string
  readonly cause?: unknown
}

/** The one error of this package; `code` is stable, `hint` is the next step. */
export class WorktreeError<C extends WorktreeErrorCode = WorktreeErrorCode> extends Error {
  override readonly name = 'WorktreeError'
  readonly code: C
  readonly details: WorktreeErrorDetails[C]
  readonly hint: string

  constructor(code: C, message: string, init: WorktreeErrorInit<C>) {
    super(message, init.cause === undefined ? undefined : { cause: init.cause })
    this.code = code
    this.details = init.details
    this.hint = init.hint
  }
}

/** True for an error of this package, also from another copy of it; `code` narrows further. */
export function isWorktreeError<C extends WorktreeErrorCode = WorktreeErrorCode>(
  value: unknown,
  code?: C,
): value is WorktreeError<C> {
  if (!(value instanceof Error) || value.name !== 'WorktreeError' || !('code' in value)) return false
  return code === undefined || value.code === code
}
