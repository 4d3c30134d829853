/** An error as it crosses a socket or a thread. */
export interface WireError {
  readonly code: string
  readonly message: string
  readonly hint?: string
  readonly details?: unknown
}

/**
 * A refusal or failure that came from the other side of the socket or thread, with its own code (`NO_SUCH_AGENT`, `DISK_FULL` …),
 * message, hint and details, as if it had been thrown here.
 */
export class RemoteError extends Error {
  override readonly name: string = 'RemoteError'
  readonly code: string
  readonly hint: string | undefined
  readonly details: unknown

  constructor(error: WireError) {
    super(error.message)
    this.code = error.code
    this.hint = error.hint
    this.details = error.details
  }
}

/** Whether `value` came from the daemon; with a code, whether it is that one. */
export function isRemoteError(value: unknown, code?: string): value is RemoteError {
  return (
    value instanceof Error &&
    value.name === 'RemoteError' &&
    'code' in value &&
    (code === undefined || value.code === code)
  )
}

/** Any thrown value as it may cross; an error without a code of its own is `INTERNAL`. */
export function toWireError(error: unknown): WireError {
  if (!(error instanceof Error)) return { code: 'INTERNAL', message: String(error) }
  const own = { code: undefined, hint: undefined, details: undefined, ...error }
  // An AbortError's code is a number that nobody knows.
  const code =
    error.name === 'AbortError' ? 'CANCELLED' : typeof own.code === 'string' ? own.code : 'INTERNAL'
  return {
    code,
    message: error.message,
    ...(typeof own.hint === 'string' ? { hint: own.hint } : {}),
    ...(own.details === undefined || own.details === null ? {} : { details: toPlain(own.details) }),
  }
}

export function parseWireError(value: unknown): WireError {
  if (typeof value !== 'object' || value === null) return { code: 'INTERNAL', message: String(value) }
  const { code, message, hint, details }: Record<string, unknown> = { ...value }
  return {
    code: typeof code === 'string' ? code : 'INTERNAL',
    message: typeof message === 'string' ? message : 'the other side gave no message',
    ...(typeof hint === 'string' ? { hint } : {}),
    ...(details === undefined ? {} : { details }),
  }
}

function toPlain(details: unknown): unknown {
  try {
    return JSON.parse(JSON.stringify(details))
  } catch (error) {
    return { unprintable: error instanceof Error ? error.message : String(error) }
  }
}
