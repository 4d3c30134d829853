/** What went wrong before or around a command; stable, and printed by `--json`. */
export type CliErrorCode =
  | 'USAGE'
  | 'UNKNOWN_COMMAND'
  | 'UNKNOWN_FLAG'
  | 'MISSING_ARGUMENT'
  | 'MISSING_VALUE'
  | 'BAD_VALUE'
  | 'FAILED'

/** The exit codes of every program of this project. */
export type ExitCode = 0 | 1 | 2 | 3 | 124 | 129 | 130 | 143

/** What goes with an error: a hint, an exit code, the cause. */
export interface CliErrorOptions {
  /** The next step for the reader, one line. */
  readonly hint?: string | undefined
  readonly cause?: unknown
  /** @defaultValue 1 */
  readonly exitCode?: ExitCode
}

/** An error that says in one line what happened, in `hint` what to do, and with which code to leave. */
export class CliError extends Error {
  readonly code: string
  readonly hint: string | undefined
  readonly exitCode: ExitCode

  /** @param code a {@link CliErrorCode}, or a code of the program's own. */
  constructor(code: CliErrorCode | (string & {}), message: string, options: CliErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'CliError'
    this.code = code
    this.hint = options.hint
    this.exitCode = options.exitCode ?? 1
  }
}

/** The command line itself is wrong: exit code 2. */
export class UsageError extends CliError {
  constructor(
    message: string,
    options: Omit<CliErrorOptions, 'exitCode'> & { readonly code?: CliErrorCode } = {},
  ) {
    super(options.code ?? 'USAGE', message, { ...options, exitCode: 2 })
    this.name = 'UsageError'
  }
}

/** Tells a {@link CliError} (or {@link UsageError}) by name, so that two installed copies understand each other. */
export function isCliError(value: unknown): value is CliError {
  return value instanceof Error && (value.name === 'CliError' || value.name === 'UsageError')
}
