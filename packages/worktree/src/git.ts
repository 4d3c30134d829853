import { existsSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import { execa } from 'execa'
import { type GitFailure, WorktreeError } from './errors.ts'

export interface GitOptions {
  readonly cwd: string
  /** `GIT_DIR`; without it git looks for the repository from `cwd` upwards. */
  readonly gitDir?: string
  /** `GIT_COMMON_DIR`: a linked worktree's git directory names another one in a file that whoever works there may write. */
  readonly commonDir?: string
  readonly workTree?: string
  readonly env?: Readonly<Record<string, string>>
  readonly input?: string
  /** Input and output as bytes, one character each. @defaultValue false: UTF-8 */
  readonly bytes?: boolean
  /** The word of whom it works for, beside that of the held lock. */
  readonly owner?: string
  readonly signal?: AbortSignal | undefined
  /** Exit codes that are answers. @defaultValue [0] */
  readonly accept?: readonly number[]
  /** Output beyond this ends git and is cut. @defaultValue 64 MiB */
  readonly maxBytes?: number
  /** Reads never take git's optional locks. @defaultValue true */
  readonly reads?: boolean
}

export interface GitResult {
  readonly exitCode: number
  readonly stdout: string
  readonly truncated: boolean
  readonly stderr: string
}

/** Runs git once: argv, no shell, no hook, no prompt, a deadline. */
export type Git = (args: readonly string[], options: GitOptions) => Promise<GitResult>

export interface CreateGitOptions {
  readonly program: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly timeoutMs: number
}

/** Settings under which nothing that lies in a repository is started behind our back. */
const settings = [
  'core.hooksPath=/dev/null',
  'core.fsmonitor=false',
  'core.quotePath=false',
  'gc.auto=0',
  'maintenance.auto=false',
  'submodule.recurse=false',
  'advice.detachedHead=false',
].flatMap((setting) => ['-c', setting])

const inherited = /^GIT_(CONFIG_(GLOBAL|SYSTEM|NOSYSTEM)|EXEC_PATH|SSH|SSH_COMMAND|SSL_.*|TRACE2.*)$/
const killGraceMs = 3_000

export function createGit(options: CreateGitOptions): Git {
  const base = cleanEnvironment(options.env)
  return async (args, run) => {
    run.signal?.throwIfAborted()
    const startedAt = performance.now()
    const child = execa(options.program, [...settings, ...args], {
      cwd: run.cwd,
      env: runEnvironment(base, run),
      extendEnv: false,
      ...(run.input === undefined
        ? { stdin: 'ignore' }
        : { input: run.bytes ? Buffer.from(run.input, 'latin1') : run.input }),
      encoding: 'buffer',
      stripFinalNewline: false,
      maxBuffer: run.maxBytes ?? 64 * 1024 * 1024,
      reject: false,
      detached: true,
      cleanup: false,
    })
    const guard = guardGroup(child.pid, options.timeoutMs, run.signal)
    const result = await child.finally(() => guard.release())
    run.signal?.throwIfAborted()
    const stderr = Buffer.from(result.stderr).toString()
    const failure: GitFailure = {
      argv: [options.program, ...args],
      cwd: run.cwd,
      ...(result.exitCode === undefined ? {} : { exitCode: result.exitCode }),
      timedOut: guard.timedOut(),
      stderr: tail(stderr),
      durationMs: Math.round(performance.now() - startedAt),
    }
    if (child.pid === undefined) throw notStarted(options.program, run.cwd, failure, result.cause)
    const answered = result.isMaxBuffer || (run.accept ?? [0]).some((code) => code === result.exitCode)
    if (!answered) throw failed(failure, undefined, await isDiskFull(failure))
    return {
      exitCode: result.exitCode ?? 0,
      stdout: Buffer.from(result.stdout).toString(run.bytes ? 'latin1' : 'utf8'),
      truncated: result.isMaxBuffer,
      stderr,
    }
  }
}

function cleanEnvironment(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const clean: Record<string, string> = {}
  for (const [name, value] of Object.entries(env)) {
    if (value === undefined || (name.startsWith('GIT_') && !inherited.test(name))) continue
    clean[name] = value
  }
  return { ...clean, LC_ALL: 'C', LANGUAGE: '', GIT_TERMINAL_PROMPT: '0', GIT_PAGER: 'cat' }
}

function runEnvironment(base: Record<string, string>, run: GitOptions): Record<string, string> {
  return {
    ...base,
    ...((run.reads ?? true) ? { GIT_OPTIONAL_LOCKS: '0' } : {}),
    ...(run.gitDir === undefined ? {} : { GIT_DIR: run.gitDir }),
    ...(run.commonDir === undefined ? {} : { GIT_COMMON_DIR: run.commonDir }),
    ...(run.workTree === undefined ? {} : { GIT_WORK_TREE: run.workTree }),
    ...run.env,
  }
}

/** Ends the whole process group, so that no child of git writes on after we have reported its end. */
function guardGroup(
  pid: number | undefined,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): { timedOut(): boolean; release(): void } {
  let late = false
  let hardKill: NodeJS.Timeout | undefined
  const end = (): void => {
    killGroup(pid, 'SIGTERM')
    hardKill ??= setTimeout(() => killGroup(pid, 'SIGKILL'), killGraceMs)
  }
  const deadline = setTimeout(() => {
    late = true
    end()
  }, timeoutMs)
  signal?.addEventListener('abort', end, { once: true })
  return {
    timedOut: () => late,
    release() {
      clearTimeout(deadline)
      clearTimeout(hardKill)
      signal?.removeEventListener('abort', end)
    },
  }
}

function killGroup(pid: number | undefined, name: 'SIGTERM' | 'SIGKILL'): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, name)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}

function notStarted(program: string, cwd: string, failure: GitFailure, cause: unknown): WorktreeError {
  if (!existsSync(cwd))
    return new WorktreeError('NO_SUCH_DIRECTORY', `git cannot run in ${cwd}: no such directory`, {
      details: { path: cwd },
      hint: 'Check the path.',
      cause,
    })
  const missing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT'
  if (!missing) return failed(failure, cause)
  return new WorktreeError('GIT_NOT_FOUND', `git was not found: ${program}`, {
    details: { program },
    hint: 'Install git 2.38 or newer.',
    cause,
  })
}

/** Some of git's messages for a failed write leave the reason out; then the file system is asked. */
async function isDiskFull({ stderr, cwd }: GitFailure): Promise<boolean> {
  if (/No space left on device|Disk quota exceeded/.test(stderr)) return true
  if (!/unable to write|failed to write|write error|could not write/i.test(stderr)) return false
  const { bavail, bsize } = await statfs(cwd)
  return bavail * bsize < 1024 * 1024
}

function failed(failure: GitFailure, cause?: unknown, isFull = false): WorktreeError {
  const why = failure.timedOut ? 'did not end in time' : `ended with ${failure.exitCode ?? 'a signal'}`
  const command = failure.argv.filter((arg, index) => arg !== '-c' && failure.argv[index - 1] !== '-c')
  const message = `${command.slice(0, 3).join(' ')} ${why} in ${failure.cwd}: ${failure.stderr || 'no output'}`
  if (isFull)
    return new WorktreeError('DISK_FULL', `the disk is full: ${message}`, {
      details: { path: failure.cwd, failure },
      hint: 'Free some space, then try again.',
      cause,
    })
  return new WorktreeError('GIT_FAILED', message, { details: failure, hint: hintFor(failure), cause })
}

function hintFor(failure: GitFailure): string {
  if (failure.timedOut) return 'The disk may be slow or a filter may hang; raise timeoutMs.'
  if (failure.stderr.includes('dubious ownership'))
    return 'The repository belongs to another user; see safe.directory in git-config(1).'
  if (failure.exitCode === 129) return 'This needs git 2.38 or newer.'
  return 'Run the command of details.argv in details.cwd to see more.'
}

function tail(text: string): string {
  return text.trimEnd().split('\n').slice(-10).join('\n').slice(-2_000)
}
