import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../../', import.meta.url))
/** The built `tmo`. */
export const tmoProgram: string = join(root, 'apps/tmo/bin/tmo.js')
const sessionsMs = 120_000

export interface Result {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface RunDocument {
  readonly id: string
  readonly state: string
  readonly cause: string | null
  readonly project: string
  readonly base: string
  readonly baseCommit: string
  readonly integration: { readonly branch: string; readonly commit: string } | null
  readonly agents: readonly {
    readonly name: string
    readonly role: string
    readonly state: string
    readonly branch: string
    readonly commits: readonly string[]
    readonly worktree: string
    readonly briefedAt: string | null
    readonly doneAt: string | null
  }[]
  readonly tasks: readonly { readonly id: string; readonly state: string; readonly owner: string | null }[]
  readonly verify: { readonly command: string; readonly commit: string; readonly exitCode: number } | null
  readonly messages: { readonly submitted: number; readonly refused: number; readonly unknown: number }
  readonly startedAt: string | null
  readonly endedAt: string | null
}

/** A home, projects and an environment of their own; disposing it ends everything and fails when something is left. */
export class Room implements AsyncDisposable {
  readonly folder: string
  readonly home: string
  readonly env: NodeJS.ProcessEnv
  readonly #isDetached: boolean

  /** `isDetached`: every program runs in a session of its own, without a terminal that could be opened. */
  constructor(
    options: { readonly home?: string; readonly env?: NodeJS.ProcessEnv; readonly isDetached?: boolean } = {},
  ) {
    this.#isDetached = options.isDetached ?? false
    this.folder = mkdtempSync(join(tmpdir(), 'tmo-e2e-'))
    this.home = options.home ?? join(this.folder, 'home')
    this.env = {
      PATH: process.env['PATH'],
      HOME: join(this.folder, 'user'),
      LANG: 'C.UTF-8',
      TERM: 'xterm-256color',
      TMPDIR: tmpdir(),
      // The leak check of a run looks where the run keeps its sockets.
      ...(process.env['TMUX_TMPDIR'] ? { TMUX_TMPDIR: process.env['TMUX_TMPDIR'] } : {}),
      TMO_HOME: this.home,
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_CONFIG_NOSYSTEM: '1',
      ...options.env,
    }
    mkdirSync(join(this.folder, 'user'))
  }

  /** A repository with one commit on `branch`. */
  async project(
    files: Readonly<Record<string, string>>,
    options: { readonly name?: string; readonly branch?: string } = {},
  ): Promise<string> {
    const path = join(this.folder, options.name ?? 'project')
    mkdirSync(path, { recursive: true })
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(path, name)), { recursive: true })
      writeFileSync(join(path, name), text)
    }
    await this.git(path, 'init', '--quiet', `--initial-branch=${options.branch ?? 'main'}`)
    await this.git(path, 'add', '--all')
    await this.git(path, 'commit', '--quiet', '--allow-empty', '-m', 'First commit')
    return path
  }

  /** The bundled example as a repository. */
  async example(name = 'hello'): Promise<string> {
    const path = join(this.folder, name)
    mkdirSync(path, { recursive: true })
    cpSync(join(root, 'examples/hello'), path, { recursive: true })
    return await this.project({}, { name })
  }

  async git(cwd: string, ...argv: readonly string[]): Promise<string> {
    const identity = {
      GIT_AUTHOR_NAME: 'A user',
      GIT_AUTHOR_EMAIL: 'user@example.org',
      GIT_COMMITTER_NAME: 'A user',
      GIT_COMMITTER_EMAIL: 'user@example.org',
    }
    const result = await exec('git', argv, { cwd, env: { ...this.env, ...identity } })
    if (result.code !== 0) throw new Error(`git ${argv.join(' ')}: ${result.stderr}`)
    return result.stdout.trim()
  }

  /** Runs `tmo` to its end. */
  async tmo(
    argv: readonly string[],
    options: {
      readonly cwd?: string
      readonly env?: NodeJS.ProcessEnv
      readonly input?: string
      readonly deadlineMs?: number
    } = {},
  ): Promise<Result> {
    return await exec(process.execPath, [tmoProgram, ...argv], {
      cwd: options.cwd ?? this.folder,
      env: { ...this.env, ...options.env },
      detached: this.#isDetached,
      ...(options.input === undefined ? {} : { input: options.input }),
      ...(options.deadlineMs === undefined ? {} : { deadlineMs: options.deadlineMs }),
    })
  }

  /** `tmo … --json`, which has to leave with `code`; the document it printed. */
  async json<T = RunDocument>(argv: readonly string[], code = 0): Promise<T> {
    const result = await this.tmo([...argv, '--json'])
    if (result.code !== code)
      throw new Error(
        `tmo ${argv.join(' ')} left with ${result.code}, not ${code}:\n${result.stderr}${result.stdout}`,
      )
    return JSON.parse(result.stdout) as T
  }

  /** The daemon's process, when one runs. */
  daemonPid(): number | undefined {
    const file = join(this.home, 'daemon.json')
    if (!existsSync(file)) return undefined
    const pid = (JSON.parse(readFileSync(file, 'utf8')) as { pid: number }).pid
    return isAlive(pid) ? pid : undefined
  }

  /** Types into an agent's window as a person does, and presses Enter. */
  async type(id: string, agent: string, text: string): Promise<void> {
    await this.press(id, agent, '-l', '--', text)
    await this.press(id, agent, 'Enter')
  }

  /** Presses keys in an agent's window as a person does. */
  async press(id: string, agent: string, ...keys: readonly string[]): Promise<void> {
    const argv = ['-L', this.#socket(), 'send-keys', '-t', `=tmo-${id}:=${agent}`, ...keys]
    const { code, stderr } = await exec('tmux', argv, { cwd: this.folder, env: this.env })
    if (code !== 0) throw new Error(`tmux ${argv.join(' ')}: ${stderr}`)
  }

  /** Who an agent is: what stands in the environment of its program, its secret included. */
  identityOf(agent: string): Record<string, string> {
    for (const { pid } of this.processes()) {
      const words = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0')
      if (!words.includes(`TMO_AGENT=${agent}`)) continue
      const named = words.filter((word) => /^TMO_(AGENT|TOKEN)=/.test(word))
      return Object.fromEntries(named.map((word) => word.split('=', 2)))
    }
    throw new Error(`no process of ${agent}`)
  }

  #socket(): string {
    return `tmo-${createHash('sha256').update(this.home).digest('hex').slice(0, 8)}`
  }

  /** The file of our own tmux socket. */
  tmuxSocketFile(): { readonly path: string; readonly isThere: boolean } {
    const folder = join(this.env['TMUX_TMPDIR'] ?? '/tmp', `tmux-${process.getuid?.() ?? 0}`)
    const path = join(folder, this.#socket())
    return { path, isThere: existsSync(path) }
  }

  /** Our own tmux server: the process that the kernel calls so and whose command line names our socket. */
  tmuxServerPid(): number | undefined {
    const name = this.#socket()
    for (const pid of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
      if (readProc(`/proc/${pid}/comm`)?.trim() !== 'tmux: server') continue
      if (readProc(`/proc/${pid}/cmdline`)?.split('\0').includes(name)) return Number(pid)
    }
    return undefined
  }

  /** Processes of ours whose environment names this home. */
  processes(): readonly { readonly pid: number; readonly command: string }[] {
    const found: { pid: number; command: string }[] = []
    for (const name of readdirSync('/proc')) {
      if (!/^\d+$/.test(name) || Number(name) === process.pid) continue
      const environment = readProc(`/proc/${name}/environ`)
      const command = readProc(`/proc/${name}/cmdline`)?.replaceAll('\0', ' ').trim()
      if (!command) continue
      const isOurs = environment?.split('\0').includes(`TMO_HOME=${this.home}`) || command.includes(this.home)
      if (isOurs) found.push({ pid: Number(name), command })
    }
    return found
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      if (existsSync(join(this.home, 'tmo.db'))) {
        await this.tmo(['stop', '--all'])
        await this.tmo(['clean', '--all', '--yes'])
      }
      const until = Date.now() + sessionsMs
      while (this.processes().length > 0 && Date.now() < until) await pause(50)
      const left = this.processes()
      for (const one of left) process.kill(one.pid, 'SIGKILL')
      if (left.length > 0)
        throw new Error(`left behind: ${left.map((one) => `${one.pid} ${one.command}`).join('\n')}`)
      const { path, isThere } = this.tmuxSocketFile()
      if (isThere) throw new Error(`left behind: ${path}`)
    } finally {
      rmSync(this.folder, { recursive: true, force: true })
      rmSync(this.home, { recursive: true, force: true })
    }
  }
}

/** Waits until `look` gives something, with a deadline. */
export async function waitFor<T>(
  what: string,
  look: () => T | undefined | false | Promise<T | undefined | false>,
  timeoutMs = 180_000,
): Promise<T> {
  const until = Date.now() + timeoutMs
  for (;;) {
    const seen = await look()
    if (seen !== undefined && seen !== false) return seen
    if (Date.now() > until) throw new Error(`waited ${timeoutMs} ms for ${what}`)
    await pause(20)
  }
}

/** A process that ended and was not collected yet is not alive. */
export function isAlive(pid: number): boolean {
  const stat = readProc(`/proc/${pid}/stat`)
  return (
    stat !== undefined && !/^[ZX]$/.test(stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3))
  )
}

interface ExecOptions {
  readonly cwd: string
  readonly env: NodeJS.ProcessEnv
  readonly input?: string
  readonly detached?: boolean
  /** Killed after it. */
  readonly deadlineMs?: number
}

export async function exec(file: string, argv: readonly string[], options: ExecOptions): Promise<Result> {
  const { cwd, env, detached = false, deadlineMs } = options
  const child = spawn(file, argv, {
    cwd,
    env,
    detached,
    stdio: ['pipe', 'pipe', 'pipe'],
    ...(deadlineMs === undefined ? {} : { timeout: deadlineMs, killSignal: 'SIGKILL' as const }),
  })
  const out: Buffer[] = []
  const err: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => err.push(chunk))
  child.stdin.on('error', () => undefined)
  child.stdin.end(options.input ?? '')
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  return { code, stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString() }
}

function readProc(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code === 'ENOENT' || code === 'ESRCH' || code === 'EACCES') return undefined
    throw error
  }
}

async function pause(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms))
}
