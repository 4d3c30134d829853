import { execFile } from 'node:child_process'
import type { ConnectionEnd } from './control-connection.ts'
import { TmuxError, type TmuxErrorOptions } from './errors.ts'
import { isAtLeast, parseVersion, type TmuxVersion } from './version.ts'

export const oldestVersion = { major: 3, minor: 2 } as const

/** Whether the server was on its way out while we came, so that a new attempt will find or start another. */
export function isPassing(end: ConnectionEnd): boolean {
  return /server exited|lost server|^the tmux client ended with code 0$/m.test(`${end.reason}\n${end.stderr}`)
}

export interface FailedConnection {
  readonly program: string
  readonly env: Record<string, string>
  readonly end: ConnectionEnd
  /** Told of each process that the explanation starts. */
  started(): void
}

/**
 * Why no connection came about, from what the client said; where that is not clear the program is asked for its
 * version (`tmux -V`), which is the one case in which a second process is run.
 */
export async function explainFailure({ program, env, end, started }: FailedConnection): Promise<TmuxError> {
  const said = end.stderr === '' ? end.reason : end.stderr
  const options: TmuxErrorOptions = { details: { stderr: said }, cause: end.cause }
  if (hasCode(end.cause, 'ENOENT') || hasCode(end.cause, 'EACCES')) return notFound(program, options)
  if (hasCode(end.cause, 'EMFILE') || hasCode(end.cause, 'ENFILE') || hasCode(end.cause, 'EAGAIN')) {
    return new TmuxError('COMMAND_FAILED', `tmux could not be started: ${said}`, {
      ...options,
      hint: 'This process or machine has too many open files or processes: close some, or raise its limit (ulimit -n).',
    })
  }
  if (
    /no server running|No such file or directory\)|Connection refused\)/.test(said) &&
    !/error creating|unknown option|usage:/.test(said)
  ) {
    return new TmuxError('NO_SERVER', `no tmux server runs: ${said}`, {
      ...options,
      hint: 'Open with start: true to start one.',
    })
  }
  if (said.includes('protocol version mismatch')) {
    return new TmuxError('TMUX_VERSION', `another version of tmux runs on this socket: ${said}`, {
      ...options,
      hint: 'End that server with the tmux that started it, or use another socket.',
    })
  }
  started()
  const version = parseVersion(await askVersion(program, env))
  if (version !== undefined && isTooOld(version)) return tooOld(version, options)
  if (version === undefined) return notFound(program, options)
  if (isPassing(end)) {
    // What passes has passed by the last attempt; a server that still drops each client at once is a newer one.
    return new TmuxError('TMUX_VERSION', `the server drops connections of tmux ${version.text}: ${said}`, {
      ...options,
      hint: 'A newer tmux may have started it: use that one, end the server with it, or use another socket.',
    })
  }
  return new TmuxError('COMMAND_FAILED', `tmux ${version.text} could not be attached to: ${said}`, options)
}

export function isTooOld(version: TmuxVersion): boolean {
  return !isAtLeast(version, oldestVersion.major, oldestVersion.minor)
}

export function tooOld(version: TmuxVersion, options: TmuxErrorOptions = {}): TmuxError {
  const { major, minor } = oldestVersion
  return new TmuxError(
    'TMUX_VERSION',
    `tmux ${version.text} is too old: ${major}.${minor} or newer is needed`,
    {
      ...options,
      hint: `Install tmux ${major}.${minor} or newer.`,
    },
  )
}

function notFound(program: string, options: TmuxErrorOptions): TmuxError {
  return new TmuxError('TMUX_NOT_FOUND', `could not run tmux as ${JSON.stringify(program)}`, {
    ...options,
    hint: 'Install tmux 3.2 or newer (apt install tmux, dnf install tmux, brew install tmux), or name the program.',
  })
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}

function askVersion(program: string, env: Record<string, string>): Promise<string> {
  return new Promise((resolve) => {
    execFile(program, ['-V'], { env, timeout: 5000, maxBuffer: 4096 }, (error, stdout) => {
      resolve(error === null ? stdout : '')
    })
  })
}

export function neverAnswered(): TmuxError {
  return new TmuxError('TIMEOUT', 'the tmux server did not answer a new client in time', {
    hint: 'It may be busy or stopped, or of another version than the tmux program: 3.8 and servers before it do not understand each other.',
  })
}

export function closedError(): TmuxError {
  return new TmuxError('CLOSED', 'this tmux handle is closed', { hint: 'Open another one with Tmux.open().' })
}
