import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { connectDaemon } from '../src/connect-daemon.ts'
import type { DaemonClient } from '../src/daemon-requests.ts'
import { LedgerClient } from '../src/ledger-client.ts'

export const mainProgram: string = fileURLToPath(new URL('../dist/main.js', import.meta.url))

export interface Ended {
  readonly code: number | null
  readonly signal: string | null
  readonly output: string
}

export interface RunningDaemon {
  readonly child: ChildProcess
  readonly ended: Promise<Ended>
}

/** A home of a test, with the daemons it started; all of it is gone after `remove`. */
export interface TemporaryHome {
  readonly home: string
  readonly root: string
  readonly env: Record<string, string>
  spawn(options?: {
    env?: Record<string, string | undefined>
    args?: readonly string[]
    uid?: number
  }): RunningDaemon
  /** Spawns one and connects to it. */
  start(): Promise<{ client: DaemonClient; daemon: RunningDaemon }>
  connect(): Promise<DaemonClient>
  remove(): Promise<void>
}

export function temporaryHome(name = 'home'): TemporaryHome {
  const root = mkdtempSync(join(tmpdir(), 'tmo-daemon-'))
  const home = join(root, name)
  const started: RunningDaemon[] = []
  const clients: DaemonClient[] = []
  const env = { PATH: process.env['PATH'] ?? '', HOME: root, TMO_HOME: home, LANG: 'C' }
  const self: TemporaryHome = {
    home,
    root,
    env,
    spawn(options = {}) {
      const args = [mainProgram, '--home', home, ...(options.args ?? [])]
      const child = spawn(process.execPath, args, {
        env: { ...env, ...options.env },
        cwd: '/',
        stdio: ['ignore', 'pipe', 'pipe'],
        ...(options.uid === undefined ? {} : { uid: options.uid, gid: options.uid }),
      })
      const daemon = { child, ended: collect(child) }
      started.push(daemon)
      return daemon
    },
    async connect() {
      const client = await waitFor(() => connectDaemon({ home }))
      clients.push(client)
      return client
    },
    async start() {
      const daemon = self.spawn()
      const died = daemon.ended.then(({ output }) => Promise.reject(new Error(`the daemon ended: ${output}`)))
      return { daemon, client: await Promise.race([self.connect(), died]) }
    },
    async remove() {
      await Promise.all(clients.map((client) => client.close()))
      for (const { child } of started)
        if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
      await Promise.all(started.map(({ ended }) => ended))
      rmSync(root, { recursive: true, force: true })
    },
  }
  return self
}

function collect(child: ChildProcess): Promise<Ended> {
  let output = ''
  child.stdout?.on('data', (chunk: Buffer) => {
    output += chunk.toString()
  })
  child.stderr?.on('data', (chunk: Buffer) => {
    output += chunk.toString()
  })
  return new Promise((resolve) => child.on('close', (code, signal) => resolve({ code, signal, output })))
}

/** Tries until it neither throws nor answers `undefined` or `false`; then the last failure is thrown. */
export async function waitFor<T>(
  attempt: () => T | Promise<T>,
  timeoutMs = 30_000,
): Promise<Exclude<T, undefined | false>> {
  const deadline = performance.now() + timeoutMs
  let last: unknown = new Error('the condition never held')
  while (performance.now() < deadline) {
    try {
      const value = await attempt()
      if (value !== undefined && value !== false) return value as Exclude<T, undefined | false>
    } catch (error) {
      last = error
    }
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  throw last
}

export const agent = {
  name: 'developer',
  address: 'shop-abcd/developer',
  token: 'a-secret',
  orchestration: 'shop-abcd',
} as const

/** Puts one finished orchestration with one agent into the home's database, so that verbs have somebody to speak for. */
export async function seedAgent(home: string): Promise<void> {
  mkdirSync(home, { recursive: true, mode: 0o700 })
  await using store = await LedgerClient.open({ url: `sqlite:${join(home, 'tmo.db')}`, host: 'seed' })
  const { createHash } = await import('node:crypto')
  const tokenHash = createHash('sha256').update(agent.token).digest('hex')
  const worktree = join(home, 'worktrees', 'shop', agent.orchestration, agent.name)
  await store.ledger.command('run.create', {
    plan: {
      id: agent.orchestration,
      project: { path: join(home, 'no-project'), name: 'shop' },
      base: { branch: 'main', commit: '0'.repeat(40) },
      spec: { path: 'spec.md', title: 'Shop', text: '# Shop' },
      branchPrefix: 'tmo',
      integrationBranch: null,
      program: 'sim',
      programOptions: {},
      verify: null,
      merge: 'none',
      briefTimeoutMs: 1_000,
      agents: [
        {
          name: agent.name,
          role: 'developer',
          implements: true,
          worktree,
          branch: `tmo/${agent.orchestration}/${agent.name}`,
          checkInMs: 600_000,
          evidence: [],
        },
      ],
      tasks: [],
    },
    secrets: [
      {
        name: agent.name,
        token: agent.token,
        tokenHash,
        conversationId: 'c0ffee00-0000-4000-8000-000000000000',
        briefToken: 'tmo-b-1',
      },
    ],
  })
  await store.ledger.command('orchestration.state', { id: agent.orchestration, state: 'completed' })
}
