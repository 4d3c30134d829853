import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import {
  appendFile,
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import {
  type ConversationLine,
  parseConversation,
  parseRecord,
  type RecordLine,
  readSimSession,
  type SimSession,
} from '../src/formats.ts'
import { simProgram } from '../src/index.ts'

const execute = promisify(execFile)

export interface FakeTask {
  id: string
  title: string
  owner: string
  state: string
  files?: string[]
  body?: string
  dependsOn?: string[]
  evidence?: string
}

export interface FakeState {
  tasks: FakeTask[]
  agents: { name: string; role: string; state: string; branch: string }[]
  reports: { agent: string; kind: string; note: string }[]
  messages: { from: string; to: string; text: string }[]
  failing?: string[]
  /** Tasks that appear when this agent calls this verb, before it is answered. */
  later?: { on: string; agent: string; tasks: FakeTask[] }
}

export interface StartOptions {
  readonly args?: readonly string[]
  readonly agent?: string
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
  readonly resume?: string
}

export interface Sim {
  readonly pane: string
  readonly pid: number
  readonly id: string
}

/** Waits for a condition; fails with `what` after the deadline. */
export async function until<T>(
  what: string,
  look: () => Promise<T | undefined | false>,
  timeoutMs = 50_000,
): Promise<T> {
  const end = performance.now() + timeoutMs
  for (;;) {
    const value = await look()
    if (value !== undefined && value !== false) return value
    if (performance.now() > end) throw new Error(`not within ${timeoutMs} ms: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

/** A tmux server, a home for simulated agents, a repository and the fake verbs: all in one folder that goes away. */
export class SimRoom {
  readonly dir: string
  readonly home: string
  readonly repository: string
  readonly socket: string
  readonly state: string
  readonly env: Record<string, string>

  private constructor(dir: string) {
    this.dir = dir
    this.home = join(dir, 'home')
    this.repository = join(dir, 'project')
    this.socket = join(dir, 's')
    this.state = join(dir, 'state.json')
    const { PATH = '', LANG = 'C.UTF-8' } = process.env
    this.env = {
      PATH: `${join(dir, 'bin')}:${PATH}`,
      LANG,
      HOME: dir,
      TERM: 'xterm-256color',
      TMO_SIM_HOME: this.home,
      TMO_SIM_POLL_MS: '300',
      FAKE_TMO_STATE: this.state,
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_CONFIG_NOSYSTEM: '1',
    }
  }

  static async open(): Promise<SimRoom> {
    const room = new SimRoom(await mkdtemp(join(tmpdir(), 'tmo-sim-')))
    await mkdir(join(room.dir, 'bin'))
    const fake = fileURLToPath(new URL('./fake-tmo.mjs', import.meta.url))
    await chmod(fake, 0o755)
    await symlink(fake, join(room.dir, 'bin', 'tmo'))
    await room.tmux('-f', '/dev/null', 'new-session', '-d', '-s', 'idle', '-x', '100', '-y', '40', 'cat')
    await room.tmux('set-option', '-g', 'remain-on-exit', 'on')
    return room
  }

  async close(): Promise<void> {
    await this.tmux('kill-server')
    await rm(this.dir, { recursive: true, force: true, maxRetries: 5 })
  }

  async tmux(...args: string[]): Promise<string> {
    const { stdout } = await execute('tmux', ['-S', this.socket, ...args], { env: this.env })
    return stdout
  }

  async git(cwd: string, ...args: string[]): Promise<string> {
    const who = { GIT_AUTHOR_NAME: 'Test', GIT_AUTHOR_EMAIL: 'test@example.invalid' }
    const committer = { GIT_COMMITTER_NAME: 'Test', GIT_COMMITTER_EMAIL: 'test@example.invalid' }
    const { stdout } = await execute('git', args, { cwd, env: { ...this.env, ...who, ...committer } })
    return stdout.trim()
  }

  /** A repository with one commit, and a worktree on a branch of its own for each name. */
  async createRepository(
    names: readonly string[],
    files: Readonly<Record<string, string>> = {},
  ): Promise<void> {
    await mkdir(this.repository)
    await this.git(this.repository, 'init', '-q', '-b', 'main')
    for (const [name, text] of Object.entries({ 'README.md': '# Project\n', ...files })) {
      const file = join(this.repository, name)
      await mkdir(join(file, '..'), { recursive: true })
      await writeFile(file, text)
    }
    await this.git(this.repository, 'add', '-A')
    await this.git(this.repository, 'commit', '-q', '-m', 'Begin')
    for (const name of names) {
      await this.git(
        this.repository,
        'worktree',
        'add',
        '-q',
        '-b',
        `tmo/demo-abcd/${name}`,
        this.worktree(name),
      )
    }
  }

  worktree(name: string): string {
    return join(this.dir, 'wt', name)
  }

  async setTeam(roles: Readonly<Record<string, string>>, tasks: readonly FakeTask[]): Promise<void> {
    const agents = Object.entries(roles).map(([name, role]) => {
      return { name, role, state: 'running', branch: `tmo/demo-abcd/${name}` }
    })
    await this.writeState({ tasks: [...tasks], agents, reports: [], messages: [] })
  }

  async writeState(state: FakeState): Promise<void> {
    await writeFile(this.state, JSON.stringify(state))
    await appendFile(`${this.state}.log`, '')
  }

  async readState(): Promise<FakeState> {
    return JSON.parse(await readFile(this.state, 'utf8'))
  }

  /** The verbs that were called, oldest first. */
  async calls(me?: string): Promise<readonly string[]> {
    const log = await readFile(`${this.state}.log`, 'utf8')
    const lines: { me: string; argv: string[] }[] = log
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line))
    return lines.filter((line) => me === undefined || line.me === me).map((line) => line.argv.join(' '))
  }

  /** Starts the program in a window of its own, and waits until its session file is there. */
  async start(options: StartOptions = {}): Promise<Sim> {
    const id = options.resume ?? randomUUID()
    const which = options.resume === undefined ? ['--session-id', id] : ['--resume', id]
    const name = options.agent
    const identity = name === undefined ? {} : { TMO_AGENT: `demo-abcd/${name}`, TMO_TOKEN: 'secret' }
    const env = Object.entries({ ...this.env, ...identity, ...options.env }).flatMap(([key, value]) => [
      '-e',
      `${key}=${value}`,
    ])
    const cwd = options.cwd ?? (name === undefined ? this.dir : this.worktree(name))
    const argv = [process.execPath, simProgram(), ...which, '--think-ms', '0', ...(options.args ?? [])]
    const out = await this.tmux(
      'new-window',
      '-d',
      '-P',
      '-F',
      '#{pane_id} #{pane_pid}',
      '-t',
      'idle:',
      '-c',
      cwd,
      ...env,
      ...argv,
    )
    const [pane = '', pid = ''] = out.trim().split(' ')
    const sim = { pane, pid: Number(pid), id }
    await until('the session file', async () => this.session(sim))
    return sim
  }

  session(sim: Sim): SimSession | undefined {
    return readSimSession(join(this.home, 'sessions', `${sim.pid}.json`))
  }

  async lines(sim: Sim): Promise<readonly ConversationLine[]> {
    return parseConversation(await readFile(join(this.home, 'conversations', `${sim.id}.jsonl`), 'utf8'))
  }

  async record(sim: Sim): Promise<readonly RecordLine[]> {
    return parseRecord(await readFile(join(this.home, 'records', `${sim.id}.jsonl`), 'utf8'))
  }

  /** Waits until the record holds as many such lines, and gives them. */
  async untilRecorded(
    sim: Sim,
    like: Readonly<Record<string, unknown>>,
    count = 1,
  ): Promise<readonly RecordLine[]> {
    const wanted = Object.entries(like)
    return until(`${count} of ${JSON.stringify(like)}`, async () => {
      const found = (await this.record(sim)).filter((line) => {
        const has = new Map<string, unknown>(Object.entries(line))
        return wanted.every(([key, value]) => has.get(key) === value)
      })
      return found.length >= count && found
    })
  }

  async userTexts(sim: Sim): Promise<readonly string[]> {
    return (await this.lines(sim)).flatMap((line) => (line.type === 'user' ? [line.text] : []))
  }

  async screen(sim: Sim): Promise<string> {
    return this.tmux('capture-pane', '-p', '-t', sim.pane)
  }

  async untilStatus(sim: Sim, status: SimSession['status']): Promise<void> {
    await until(`status ${status}`, async () => this.session(sim)?.status === status)
  }

  async untilScreen(sim: Sim, text: string): Promise<string> {
    return until(`"${text}" on the screen`, async () => {
      const screen = await this.screen(sim)
      return screen.includes(text) ? screen : undefined
    })
  }

  /** Up and drawn. */
  async ready(sim: Sim): Promise<void> {
    await this.untilStatus(sim, 'idle')
    await this.untilScreen(sim, 'idle')
  }

  async keys(sim: Sim, ...keys: string[]): Promise<void> {
    await this.tmux('send-keys', '-t', sim.pane, ...keys)
  }

  async paste(sim: Sim, text: string): Promise<void> {
    const file = join(this.dir, 'paste')
    await writeFile(file, text)
    await this.tmux(
      'load-buffer',
      '-b',
      'one',
      file,
      ';',
      'paste-buffer',
      '-p',
      '-d',
      '-b',
      'one',
      '-t',
      sim.pane,
    )
  }

  /** Types one line, sees it in the box, and only then presses Enter. */
  async enter(sim: Sim, text: string): Promise<void> {
    await this.keys(sim, '-l', text)
    await this.untilScreen(sim, `> ${text}`)
    await this.keys(sim, 'Enter')
  }

  async isDead(sim: Sim): Promise<boolean> {
    return (await this.tmux('display-message', '-p', '-t', sim.pane, '#{pane_dead}')).trim() === '1'
  }

  async exitStatus(sim: Sim): Promise<string> {
    return until('the exit status', async () => {
      // tmux 3.3a sometimes misses that a child ended until it is told again.
      process.kill(Number(await this.tmux('display-message', '-p', '#{pid}')), 'SIGCHLD')
      const status = await this.tmux('display-message', '-p', '-t', sim.pane, '#{pane_dead_status}')
      return status.trim() === '' ? undefined : status.trim()
    })
  }

  async sessionFiles(): Promise<readonly string[]> {
    return readdir(join(this.home, 'sessions'))
  }
}
