import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Tmux } from '@tmux-orchestrator/tmux-driver'
import { temporaryServer } from '@tmux-orchestrator/tmux-driver/testing'
import { type TemporaryRepository, temporaryRepository } from '@tmux-orchestrator/worktree/testing'
import type { Desired } from '../src/command-map.ts'
import { startEngine } from '../src/engine.ts'
import type { Engine, EngineOptions } from '../src/engine-options.ts'
import type { Ledger } from '../src/ledger.ts'
import type { RunPlan, VerbResult } from '../src/protocol.ts'
import type { LogEntry } from '../src/runtime.ts'
import { createPlan, plannedAgent, type TemporaryLedger, temporaryLedger } from './temporary-ledger.ts'

export const id = 'shop-abcd'

export interface EngineRoom extends AsyncDisposable {
  readonly tmux: Tmux
  readonly git: TemporaryRepository['git']
  readonly store: TemporaryLedger['store']
  readonly ledger: Ledger
  /** Everything that was logged, with the epoch milliseconds. */
  readonly log: readonly (LogEntry & { readonly at: number })[]
  readonly engine: Engine
  /** For whatever a test writes. */
  readonly folder: string
  /** Makes an agent program of these lines of shell; answers its path. */
  install(lines: string): Promise<string>
  /** Ends the engine and starts the next one on the same store, as a daemon's restart does. */
  restart(openTmux?: () => Promise<Tmux>): Promise<void>
  /** Starts a team of `dev1`, … whose program shows what it is given, and knows nothing of tmo. */
  start(agents: number, change?: Partial<RunPlan>): Promise<void>
  desired(): Promise<Desired>
  /** Runs a verb as that agent. */
  verb(name: string, ...argv: readonly string[]): Promise<VerbResult>
  /** What stands on the agent's screen, history included; empty without one. */
  screen(name: string): Promise<string>
}

/** Prints a word when it is ready, then everything that it reads, once: what a terminal echoes would stand in between. */
const program = 'stty -echo; echo ready; exec cat'

export interface EngineRoomOptions extends Pick<EngineOptions, 'answerAgainMs'> {
  /** Writes what a program needs; answers what is added to its environment. */
  readonly prepare?: (place: {
    readonly project: string
    readonly folder: string
  }) => Promise<Readonly<Record<string, string>>>
  /** What the engine is given for the store. */
  readonly through?: (ledger: Ledger) => Ledger
}

/** An engine on real tmux, real git and a real store, in this process. */
export async function engineRoom({
  prepare,
  through = (ledger) => ledger,
  ...options
}: EngineRoomOptions = {}): Promise<EngineRoom> {
  const server = await temporaryServer()
  const temporary = await temporaryRepository({ files: { 'shop.txt': 'one\n' } })
  const room = await temporaryLedger(Date.now)
  const { git, dir, outside } = temporary
  const log: (LogEntry & { readonly at: number })[] = []
  const home = join(outside, 'home')
  await mkdir(home)
  const install = async (lines: string): Promise<string> => {
    const path = join(outside, `agent-${Math.random().toString(36).slice(2)}`)
    await writeFile(path, `#!/bin/sh\n${lines}\n`)
    await chmod(path, 0o755)
    return path
  }
  const agent = await install(program)
  const open = (): Promise<Tmux> => Tmux.open({ socket: { path: server.socketPath }, start: false })
  const added = await prepare?.({ project: dir, folder: outside })
  const begin = (openTmux: () => Promise<Tmux> = open): Promise<Engine> =>
    startEngine({
      ledger: through(room.ledger),
      home,
      host: 'here',
      owner: room.owner,
      binDir: join(home, 'bin'),
      env: { ...process.env, ...temporary.env, ...added },
      openTmux,
      log: (entry) => log.push({ ...entry, at: Date.now() }),
      lookEveryMs: 100,
      ...options,
    })
  let engine = await begin()
  const desired = async (): Promise<Desired> => {
    const found = await room.ledger.query('desired', { id })
    if (!found) throw new Error('the run is gone')
    return found
  }
  return {
    tmux: server.tmux,
    git,
    store: room.store,
    ledger: room.ledger,
    folder: outside,
    install,
    log,
    get engine() {
      return engine
    },
    restart: async (openTmux) => {
      await engine.close()
      engine = await begin(openTmux)
    },
    start: async (agents, change = {}) => {
      const names = Array.from({ length: agents }, (_, index) => `dev${index + 1}`)
      const plan = createPlan({
        project: { path: dir, name: 'repository' },
        base: { branch: 'main', commit: await git('rev-parse', 'main') },
        program: agent,
        agents: names.map((name) => plannedAgent(name, { worktree: join(home, 'worktrees', name) })),
        ...change,
      })
      await engine.handle({ name: 'run.start', args: { plan } })
    },
    desired,
    verb: async (name, ...argv) => {
      const row = (await desired()).agents.find((one) => one.name === name)
      const as = { agent: `${id}/${name}`, token: row?.token ?? '' }
      return await engine.verb({ id: `${name}-${Math.random()}`, argv, as, cwd: dir, at: Date.now() })
    },
    screen: async (name) => {
      const rows = await server.tmux.list({ fields: ['pane', 'dead', '@tmo_agent'] })
      const pane = rows.find((row) => row['@tmo_agent'] === name && !row.dead)?.pane
      return pane === undefined ? '' : (await server.tmux.capture(pane, { lines: 2000 })).text
    },
    [Symbol.asyncDispose]: async () => {
      await engine.close()
      await server[Symbol.asyncDispose]()
      await room[Symbol.asyncDispose]()
      await temporary[Symbol.asyncDispose]()
    },
  }
}
