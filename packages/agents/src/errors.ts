/**
 * Stable codes of {@link AgentsError}.
 *
 * - `BAD_COMMAND` a command line that is empty or has an unclosed quote
 * - `BAD_OPTION` a launch option this program does not know, or a value it refuses
 * - `UNSAFE_MESSAGE` a message or brief that a prompt box would take for a command, or that could not be proven
 * - `CONFIG_UNREADABLE` a file of the agent program that should be JSON is not, so it is left untouched
 * - `NO_CONVERSATION` a conversation is to be resumed that the program does not have
 * - `BAD_RULES` rules for reading screens that cannot be read, or hold what is not allowed
 */
export type AgentsErrorCode =
  | 'BAD_COMMAND'
  | 'BAD_OPTION'
  | 'UNSAFE_MESSAGE'
  | 'CONFIG_UNREADABLE'
  | 'NO_CONVERSATION'
  | 'BAD_RULES'

export interface AgentsErrorOptions {
  readonly details?: Readonly<Record<string, string>>
  /** What to do next, one sentence. */
  readonly hint?: string
  readonly cause?: unknown
}

/** The one error class of this package. Match on `code`, never on the message. */
export class AgentsError extends Error {
  override readonly name = 'AgentsError'
  readonly code: AgentsErrorCode
  readonly details: Readonly<Record<string, string>>
  readonly hint: string | undefined

  constructor(code: AgentsErrorCode, message: string, options: AgentsErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.details = options.details ?? {}
    this.hint = options.hint
  }
}

/** Whether a value is an {@link AgentsError}, also one of another installed copy of this package. */
export function isAgentsError(value: unknown): value is AgentsError {
  return value instanceof Error && value.name === 'AgentsError' && 'code' in value
}
