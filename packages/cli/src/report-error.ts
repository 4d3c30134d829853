import { type ExitCode, isCliError } from './errors.ts'

/** An error as it is printed: `--json` prints exactly this under `error`. */
export interface ErrorReport {
  readonly code: string
  readonly message: string
  readonly hint?: string
  readonly exitCode: ExitCode
}

/** What to print and with which code to leave, for anything thrown. */
export function reportError(
  error: unknown,
  exitCodeOf?: (error: unknown) => ExitCode | undefined,
): ErrorReport {
  const chosen = exitCodeOf?.(error)
  if (isCliError(error))
    return withHint(
      { code: error.code, message: error.message, exitCode: chosen ?? error.exitCode },
      error.hint,
    )
  if (isNamed(error, 'TimeoutError')) {
    return { code: 'DEADLINE', message: error.message || 'the deadline passed', exitCode: chosen ?? 124 }
  }
  if (error instanceof AggregateError && error.errors.length > 0) {
    const first = reportError(error.errors[0], exitCodeOf)
    const more = error.errors.length - 1
    return more === 0 ? first : { ...first, message: `${first.message} (and ${more} more)` }
  }
  if (isTyped(error))
    return withHint({ code: error.code, message: error.message, exitCode: chosen ?? 1 }, hintOf(error))
  const message = error instanceof Error ? error.message || error.name : String(error)
  return withHint(
    { code: 'UNEXPECTED', message, exitCode: chosen ?? 1 },
    'this should not happen: --debug shows where it did',
  )
}

function withHint(report: Omit<ErrorReport, 'hint'>, hint: string | undefined): ErrorReport {
  return hint === undefined ? report : { ...report, hint }
}

/** An error of a package of ours, or of Node: it has a stable code. */
function isTyped(error: unknown): error is Error & { readonly code: string } {
  return (
    error instanceof Error &&
    'code' in error &&
    typeof error.code === 'string' &&
    !(error instanceof TypeError && error.code.startsWith('ERR_'))
  )
}

function isNamed(error: unknown, name: string): error is Error {
  return error instanceof Error && error.name === name
}

function hintOf(error: Error): string | undefined {
  return 'hint' in error && typeof error.hint === 'string' && error.hint !== '' ? error.hint : undefined
}

/** The stack of an error and of every cause behind it. */
export function formatCauses(error: unknown): string {
  const lines: string[] = []
  let current: unknown = error
  for (let depth = 0; current !== undefined && depth < 10; depth += 1) {
    const text = current instanceof Error ? (current.stack ?? current.message) : String(current)
    lines.push(depth === 0 ? text : `caused by: ${text}`)
    if (current instanceof AggregateError)
      lines.push(...current.errors.map((one) => `one of: ${formatCauses(one)}`))
    current = current instanceof Error ? current.cause : undefined
  }
  return lines.join('\n')
}
