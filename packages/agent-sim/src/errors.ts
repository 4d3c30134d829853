/** What can go wrong, as a word; the README says when and what to do. */
export type SimErrorCode =
  | 'BAD_ARGUMENT'
  | 'NOT_A_TERMINAL'
  | 'NO_CONVERSATION'
  | 'CONVERSATION_EXISTS'
  | 'BAD_SESSION_FILE'
  | 'BAD_CONVERSATION'
  | 'PATH_REFUSED'
  | 'GIT_FAILED'
  | 'VERB_FAILED'
  | 'BAD_ANSWER'
  | 'BAD_STEP'
  | 'BAD_REQUEST'
  | 'PORT_REFUSED'
  | 'NO_SUCH_REQUEST'
  | 'NO_SUCH_MOMENT'

export interface SimErrorOptions {
  readonly details?: Readonly<Record<string, string | number>>
  readonly hint?: string
  readonly cause?: unknown
}

/** The one error of this package; `code` says what happened, `hint` what to do next. */
export class SimError extends Error {
  override readonly name = 'SimError'
  readonly code: SimErrorCode
  readonly details: Readonly<Record<string, string | number>>
  readonly hint: string | undefined

  constructor(code: SimErrorCode, message: string, options: SimErrorOptions = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined)
    this.code = code
    this.details = options.details ?? {}
    this.hint = options.hint
  }
}

/** True for a {@link SimError}, also one of another copy of this package. */
export function isSimError(value: unknown): value is SimError {
  return value instanceof Error && value.name === 'SimError'
}

/** The message of anything that was thrown. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
