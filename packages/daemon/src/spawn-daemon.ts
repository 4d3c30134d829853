import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { closeSync, existsSync, openSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { isScopeSafer, loginName, readScopeFacts } from './choose-scope.ts'
import { DaemonError } from './errors.ts'
import { type Environment, ensureHome } from './home.ts'
import { readSettings } from './place.ts'
import { parseWireError, type WireError } from './wire-error.ts'

export interface SpawnDaemonOptions {
  readonly home: string
  readonly env: Environment
  /** The program that `$TMO_HOME/bin/tmo` runs for people's commands. */
  readonly cliPath?: string | undefined
  /** Use a scope of the user's systemd where there is one and it lives longer than the caller's login. @defaultValue true */
  readonly scope?: boolean
}

/** A daemon that was started and has not been heard of yet. */
export interface SpawnedDaemon {
  readonly isScoped: boolean
  /** Set once it has ended. */
  readonly exited: { readonly code: number | null; readonly signal: string | null } | undefined
  /** Why it ended, from what it wrote last. */
  failure(): DaemonError
}

/** What belongs to the caller's terminal or identity and must not stick to a process that outlives it. */
const dropped = ['TMUX', 'TMUX_PANE', 'TMO_AGENT', 'TMO_TOKEN', 'TMO_ROLE']
const outputKeptBytes = 1_000_000

/**
 * Starts a daemon in a session of its own, in the home's folder, with its output in `logs/daemon.out`; in a transient scope of the
 * user's systemd where that lives longer than the caller's own unit or login ({@link isScopeSafer}).
 *
 * @throws DaemonError HOME_UNUSABLE, BAD_ARGUMENT
 */
export async function spawnDaemon(options: SpawnDaemonOptions): Promise<SpawnedDaemon> {
  readSettings(options.home, options.env)
  const paths = ensureHome(options.home)
  const program = fileURLToPath(new URL('../dist/main.js', import.meta.url))
  const words = [
    program,
    '--home',
    options.home,
    ...(options.cliPath === undefined ? [] : ['--cli', options.cliPath]),
  ]
  const env: Record<string, string | undefined> = { ...options.env, TMO_HOME: options.home }
  for (const name of dropped) delete env[name]
  const isScoped = options.scope !== false && (await hasSaferScope(options.env))
  const scope = ['--user', '--scope', '--quiet', '--collect', '--', process.execPath]
  const output = openSync(paths.output, sizeOf(paths.output) > outputKeptBytes ? 'w' : 'a', 0o600)
  const begin = sizeOf(paths.output)
  try {
    const child = spawn(
      isScoped ? 'systemd-run' : process.execPath,
      isScoped ? [...scope, ...words] : words,
      {
        cwd: options.home,
        env,
        detached: true,
        stdio: ['ignore', output, output],
      },
    )
    child.unref()
    return new Spawned(child, options.home, isScoped, () =>
      readFileSync(paths.output).subarray(begin).toString('utf8'),
    )
  } finally {
    closeSync(output)
  }
}

class Spawned implements SpawnedDaemon {
  readonly isScoped: boolean
  readonly #home: string
  readonly #output: () => string
  #exited: SpawnedDaemon['exited']

  constructor(child: ChildProcess, home: string, isScoped: boolean, output: () => string) {
    this.isScoped = isScoped
    this.#home = home
    this.#output = output
    child.once('exit', (code, signal) => {
      this.#exited = { code, signal }
    })
    child.once('error', (error) => {
      this.#exited = { code: null, signal: error.message }
    })
  }

  get exited(): SpawnedDaemon['exited'] {
    return this.#exited
  }

  failure(): DaemonError {
    const lines = this.#output().trimEnd().split('\n').slice(-20)
    const said = parseFailure(lines.at(-1) ?? '')
    const how = this.#exited === undefined ? 'did not answer in time' : 'ended at once'
    const why = said === undefined ? (lines.at(-1) ?? '') : said.message
    return new DaemonError(
      'START_FAILED',
      `the daemon of ${this.#home} ${how}${why === '' ? '' : `: ${why}`}`,
      {
        hint: said?.hint ?? `see ${join(this.#home, 'logs', 'daemon.out')}`,
        details: { home: this.#home, log: lines, ...(said === undefined ? {} : { reason: said.code }) },
      },
    )
  }
}

/** The last line of a daemon that could not start is its error as JSON. */
function parseFailure(line: string): WireError | undefined {
  if (!line.startsWith('{')) return undefined
  try {
    return parseWireError(JSON.parse(line))
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

/** Costs nothing where systemd has no socket for this user. */
async function hasSaferScope(env: Environment): Promise<boolean> {
  const runtime = env['XDG_RUNTIME_DIR']
  if (runtime === undefined || !existsSync(join(runtime, 'systemd', 'private'))) return false
  if (!isScopeSafer(readScopeFacts(loginName()))) return false
  try {
    await promisify(execFile)('systemctl', ['--user', 'show', '--property=Version'], {
      timeout: 1_000,
      env: { ...env },
    })
    return true
  } catch (error) {
    if (error instanceof Error) return false
    throw error
  }
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0
}
