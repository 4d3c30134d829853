/** What can go wrong with the daemon and its clients, as stable codes; each is described in the README. */
export type DaemonErrorCode =
  | 'HOME_UNUSABLE'
  | 'ALREADY_RUNNING'
  | 'NOT_RUNNING'
  | 'START_FAILED'
  | 'STOP_TIMEOUT'
  | 'PROTOCOL_MISMATCH'
  | 'BAD_FRAME'
  | 'FRAME_TOO_LARGE'
  | 'CONNECTION_LOST'
  | 'STORE_LOST'
  | 'TIMEOUT'
  | 'CANCELLED'
  | 'CLOSED'
  | 'BAD_ARGUMENT'
  | 'NOT_ALLOWED'
  | 'NO_SUCH_JOB'
  | 'SERVICE_FAILED'
  | 'PROGRAM_REMOVED'

/** What an error is about; each is absent where it does not apply. */
export interface DaemonErrorDetails {
  readonly home?: string
  /** The daemon that is meant, where it is known. */
  readonly pid?: number
  readonly socket?: string
  /** The system's own code, as `ENOSPC`. */
  readonly errno?: string
  /** The request that was under way. */
  readonly request?: string
  /** `unknown`: the request may have taken effect. */
  readonly outcome?: 'unknown'
  readonly timeoutMs?: number
  /** The last lines that a daemon wrote before it ended. */
  readonly log?: readonly string[]
  /** The code of the failure behind this one. */
  readonly reason?: string
}

/** What goes with an error: a hint, details, the cause. */
export interface DaemonErrorOptions {
  readonly hint?: string
  readonly details?: DaemonErrorDetails
  readonly cause?: unknown
}

/** The one error class that this package throws for its own failures; compare with {@link isDaemonError}. */
export class DaemonError extends Error {
  override readonly name: string = 'DaemonError'
  readonly code: DaemonErrorCode
  /** What to do next, as one line. */
  readonly hint: string | undefined
  readonly details: DaemonErrorDetails

  constructor(code: DaemonErrorCode, message: string, options: DaemonErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.hint = options.hint
    this.details = options.details ?? {}
  }
}

/** Whether `value` is a {@link DaemonError}, also one from another copy of this package. */
export function isDaemonError(value: unknown, code?: DaemonErrorCode): value is DaemonError {
  return (
    value instanceof Error &&
    value.name === 'DaemonError' &&
    'code' in value &&
    (code === undefined || value.code === code)
  )
}
