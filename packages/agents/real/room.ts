import { execFileSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readlink, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type ModelServer, openModelServer } from '@tmux-orchestrator/agent-sim/model'
import type { PaneId, SessionId, Tmux } from '@tmux-orchestrator/tmux-driver'
import { temporaryServer } from '@tmux-orchestrator/tmux-driver/testing'
import { type AgentAdapter, adapterFor, type LaunchPlan, type LaunchRequest } from '../src/index.ts'
import { Agent, newToken } from './agent.ts'
import { runningIn } from './pane-processes.ts'
import type { RealProgram } from './programs.ts'

/** One test's own tmux server, model server, home and repository. */
export interface Room extends AsyncDisposable {
  readonly tmux: Tmux
  readonly model: ModelServer
  readonly adapter: AgentAdapter
  readonly home: string
  readonly project: string
  /** Starts the program in a pane of its own. */
  launch(more?: Launch): Promise<Agent>
  /** Starts it with a brief, which is an argument, or the first message of a program that takes none so. */
  begin(text: string, more?: Partial<LaunchRequest>): Promise<Begun>
  /** Starts it as a person does, without its adapter. */
  start(argv: readonly string[]): Promise<PaneId>
}

export interface Begun {
  readonly agent: Agent
  readonly token: string
  readonly brief: string
}

export interface OpenRoomOptions {
  /** Added to the program's environment. */
  readonly env?: Readonly<Record<string, string>>
  /** Where its folder is made. */
  readonly folder?: string
  /** Of its panes. @defaultValue 120 columns, 40 rows */
  readonly size?: PaneSize
}

interface PaneSize {
  readonly cols: number
  readonly rows: number
}

const usual: PaneSize = { cols: 120, rows: 40 }

export interface Launch extends Partial<LaunchRequest> {
  /** Started with these words, as a person does, instead of the adapter's; its files are made all the same. */
  readonly argv?: readonly string[]
}

export async function openRoom(program: RealProgram, options: OpenRoomOptions = {}): Promise<Room> {
  const parent = options.folder ?? program.roomsIn ?? tmpdir()
  await mkdir(parent, { recursive: true })
  const folder = await realpath(await mkdtemp(join(parent, 'tmo-')))
  const home = join(folder, 'home')
  const project = join(folder, 'work')
  const temporary = join(folder, 'tmp')
  await mkdir(home, { mode: 0o700 })
  await mkdir(temporary)
  makeRepository(project)
  const model = await openModelServer()
  const server = await temporaryServer()
  const place = { home, temporary, project, url: model.url }
  await program.seed(place)
  const env = {
    PATH: [program.bin, process.env['PATH'] ?? ''].join(delimiter),
    HOME: home,
    TMPDIR: temporary,
    LANG: 'C.UTF-8',
    ...program.env(place),
    ...options.env,
    ...mark(),
  }
  const adapter = adapterFor(program.name, { env })
  const { size = usual } = options
  const pids: number[] = []
  const launchHere = async (more: Launch = {}): Promise<Launched> => {
    const launched = await launch({ tmux: server.tmux, model, adapter, folder, project, env, size }, more)
    pids.push(launched.agent.handle.pid)
    return launched
  }
  return {
    tmux: server.tmux,
    model,
    adapter,
    home,
    project,
    launch: async (more) => (await launchHere(more)).agent,
    begin: async (text, more = {}) => {
      const token = newToken('b')
      const brief = `[brief ${token}] ${text}`
      const { agent, briefed } = await launchHere({ ...more, brief })
      if (briefed === 'paste') {
        await agent.until(['idle'])
        await agent.submit({ token, text: brief })
      }
      return { agent, token, brief }
    },
    start: async (argv) => {
      const { pane, pid } = await openPane({ tmux: server.tmux, project, argv, env, size })
      pids.push(pid)
      return pane
    },
    [Symbol.asyncDispose]: async () => {
      await server[Symbol.asyncDispose]()
      await model.close()
      // a program that ends writes its last words, into folders that it makes anew
      for (const pid of pids) await ended(pid)
      await removeSockets(folder)
      await rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 })
    },
  }
}

const endMs = 10_000

async function ended(pid: number): Promise<void> {
  const end = performance.now() + endMs
  for (let left = runningIn(pid); left.length > 0; left = runningIn(pid)) {
    if (performance.now() > end) for (const one of left) process.kill(one.pid, 'SIGKILL')
    await sleep(50)
  }
}

/** A server of Codex that was killed leaves its socket, with a lock, where its link in the agent's folder leads to. */
async function removeSockets(folder: string): Promise<void> {
  for (const name of (await readdir(folder)).filter((one) => one.startsWith('state-'))) {
    const socket = await readlink(join(folder, name, 'codex-server')).catch(() => undefined)
    if (socket === undefined) continue
    await rm(socket, { force: true })
    await rm(`${socket}.lock`, { force: true })
  }
}

interface Launching {
  readonly tmux: Tmux
  readonly model: ModelServer
  readonly adapter: AgentAdapter
  readonly folder: string
  readonly project: string
  readonly env: Readonly<Record<string, string>>
  readonly size: PaneSize
}

interface Launched {
  readonly agent: Agent
  readonly briefed: LaunchPlan['briefed']
}

async function launch(room: Launching, { argv, ...more }: Launch): Promise<Launched> {
  const { tmux, model, adapter, folder, project, env, size } = room
  const conversationId = more.conversationId ?? randomUUID()
  const place = { cwd: project, conversationId, stateDir: join(folder, `state-${conversationId}`) }
  const request = {
    ...{ orchestration: 'real-abcd', name: 'developer', role: 'developer', mode: 'new' as const },
    ...place,
    tmoBin: join(folder, 'bin'),
    env: {},
    ...more,
  }
  const plan = await adapter.prepare(request)
  const opened = await openPane({
    ...{ tmux, project, size, argv: argv ?? plan.argv },
    env: { ...env, ...plan.env },
  })
  const { pane, pid, session } = opened
  const agent = new Agent({ tmux, model, adapter, session, handle: { ...place, pane, pid } })
  return { agent, briefed: plan.briefed }
}

interface Opening {
  readonly tmux: Tmux
  readonly project: string
  readonly argv: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly size: PaneSize
}

async function openPane(
  opening: Opening,
): Promise<{ readonly pane: PaneId; readonly session: SessionId; readonly pid: number }> {
  const { pane, session } = await opening.tmux.newSession({
    name: `t-${randomUUID().slice(0, 8)}`,
    cwd: opening.project,
    command: isolated(opening.argv, opening.env),
    remainOnExit: true,
    size: opening.size,
  })
  const rows = await opening.tmux.list({ fields: ['pane', 'pid'] })
  const pid = rows.find((candidate) => candidate.pane === pane)?.pid
  if (pid === undefined) throw new Error(`the pane of ${opening.argv[0]} is gone`)
  return { pane, session, pid }
}

/** The program with this environment and the terminal's, and nothing else of ours; the process stays the pane's own. */
function isolated(argv: readonly string[], env: Readonly<Record<string, string>>): readonly string[] {
  const script = 'exec env -i TERM="$TERM" TMUX="$TMUX" TMUX_PANE="$TMUX_PANE" "$@"'
  return [
    '/bin/sh',
    '-c',
    script,
    'sh',
    ...Object.entries(env).map(([name, value]) => `${name}=${value}`),
    ...argv,
  ]
}

/** What the search for left processes goes by. */
function mark(): Readonly<Record<string, string>> {
  const value = process.env['TEST_RUN_MARK']
  return value === undefined ? {} : { TEST_RUN_MARK: value }
}

function makeRepository(project: string): void {
  const git = (...args: readonly string[]): void => {
    const config = [
      '-c',
      'user.name=Test',
      '-c',
      'user.email=test@agents.invalid',
      '-c',
      'init.defaultBranch=main',
    ]
    execFileSync('git', [...config, ...args], {
      stdio: 'ignore',
      env: { PATH: process.env['PATH'], HOME: '/nonexistent' },
    })
  }
  git('init', project)
  // what a leading @ could lead to
  writeFileSync(join(project, 'README.md'), 'The words of a file.\n')
  git('-C', project, 'add', 'README.md')
  git('-C', project, 'commit', '-m', 'Begin')
}
