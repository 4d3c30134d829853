import type { ExitCode } from './errors.ts'

/** What a command returns to leave with a code other than 0 and still give its answer. */
export class ExitWith<R = unknown> {
  readonly code: ExitCode
  readonly result: R | undefined

  constructor(code: ExitCode, result?: R) {
    this.code = code
    this.result = result
  }
}

/**
 * Ends a command with this exit code; `result` is rendered or printed as JSON like any other.
 *
 * @example
 * return exit(3, { healthy: false })
 */
export function exit<R = never>(code: ExitCode, result?: R): ExitWith<R> {
  return new ExitWith(code, result)
}
