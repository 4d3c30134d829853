/** What can go wrong, as a word; the README says when and what to do. */
export type OrchestratorErrorCode =
  | 'NO_SUCH_PROJECT'
  | 'NO_SUCH_ORCHESTRATION'
  | 'NO_SUCH_AGENT'
  | 'NO_SUCH_TASK'
  | 'NO_SUCH_SCHEDULE'
  | 'NO_SUCH_BRANCH'
  | 'AMBIGUOUS'
  | 'BAD_ARGUMENT'
  | 'BAD_CONFIG'
  | 'BAD_TOKEN'
  | 'NOT_ALLOWED'
  | 'NOT_A_REPOSITORY'
  | 'NO_COMMIT'
  | 'BRANCH_IN_THE_WAY'
  | 'NOT_AGREED'
  | 'AGENT_PROGRAM_MISSING'
  | 'AGENT_PROGRAM_NOT_READY'
  | 'HOOK_FAILED'
  | 'WORKTREE_BROKEN'
  | 'WRONG_STATE'
  | 'ID_TAKEN'
  | 'RATE_LIMITED'
  | 'UNKNOWN_REQUEST'

/** What goes with an error: a hint, details, the cause. */
export interface OrchestratorErrorOptions {
  readonly hint?: string
  readonly details?: Readonly<Record<string, unknown>>
  readonly cause?: unknown
}

/** The one error class of this package; `code` is stable, `hint` says what to do next. */
export class OrchestratorError extends Error {
  override readonly name = 'OrchestratorError'
  readonly code: OrchestratorErrorCode
  readonly hint: string | undefined
  readonly details: Readonly<Record<string, unknown>>

  constructor(code: OrchestratorErrorCode, message: string, options: OrchestratorErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.hint = options.hint
    this.details = options.details ?? {}
  }
}

/** True for errors of this package, also across duplicate installs and worker threads. */
export function isOrchestratorError(value: unknown): value is OrchestratorError {
  return value instanceof Error && value.name === 'OrchestratorError'
}
