/** Every way in which this package fails. The README says what to do about each. */
export type TmuxErrorCode =
  | 'TMUX_NOT_FOUND'
  | 'TMUX_VERSION'
  | 'NO_SERVER'
  | 'SERVER_LOST'
  | 'NO_SUCH_TARGET'
  | 'NO_SUCH_DIRECTORY'
  | 'PANE_DEAD'
  | 'PANE_IN_MODE'
  | 'PANE_INPUT_OFF'
  | 'PANE_SYNCHRONIZED'
  | 'SCREEN_CHANGED'
  | 'BAD_NAME'
  | 'NAME_TAKEN'
  | 'TIMEOUT'
  | 'BUSY'
  | 'COMMAND_FAILED'
  | 'CLOSED'

/** What an error is about; each is absent where it does not apply. */
export interface TmuxErrorDetails {
  /** The tmux command as it was sent, cut to 200 characters. */
  readonly command?: string
  /** What tmux said, cut to its last 2000 characters. */
  readonly stderr?: string
  /** The id, name or path that the command was about. */
  readonly target?: string
  /** `unknown`: the command was sent and may or may not have run. Absent: it did not run. */
  readonly outcome?: 'unknown'
}

/** What goes with an error: a hint, details, the cause. */
export interface TmuxErrorOptions {
  readonly details?: TmuxErrorDetails
  readonly hint?: string
  readonly cause?: unknown
}

/** What this package throws, apart from `TypeError`/`RangeError` for programmer faults and `signal.reason`. */
export class TmuxError extends Error {
  override readonly name = 'TmuxError'
  readonly code: TmuxErrorCode
  readonly details: TmuxErrorDetails
  /** The next step for a person; absent when there is none to name. */
  readonly hint: string | undefined

  constructor(code: TmuxErrorCode, message: string, options: TmuxErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.details = options.details ?? {}
    this.hint = options.hint
  }
}

/** Whether `value` is a {@link TmuxError}, also one from another copy of this package; with `code`, one of that code. */
export function isTmuxError(value: unknown, code?: TmuxErrorCode): value is TmuxError {
  if (!(value instanceof Object) || !('name' in value) || value.name !== 'TmuxError') return false
  return 'code' in value && (code === undefined || value.code === code)
}

/** For what may fail as anything may that tmux is asked: a `catch` that lets nothing else pass. */
export function ignoreTmuxError(error: unknown): void {
  if (!isTmuxError(error)) throw error
}
