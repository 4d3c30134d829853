import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { simProgram } from '@tmux-orchestrator/agent-sim'
import type { PaneId, SessionId, Tmux } from '@tmux-orchestrator/tmux-driver'
import {
  type AgentAdapter,
  type AgentHandle,
  adapterFor,
  type Delivery,
  deliver,
  formatMessage,
  type LaunchRequest,
  type PaneIo,
} from '../src/index.ts'

/** A real tmux server that the tests of one file share, and a folder for one test. */
export interface Stage extends AsyncDisposable {
  readonly tmux: Tmux
  readonly folder: string
  readonly sim: AgentAdapter
  launch(adapter: AgentAdapter, more?: Partial<LaunchRequest>): Promise<Actor>
}

interface SendOptions {
  readonly tmux?: PaneIo
  readonly adapter?: AgentAdapter
  readonly timeoutMs?: number
  readonly token?: string
}

/** An agent that runs in a pane. */
export interface Actor {
  readonly adapter: AgentAdapter
  readonly handle: AgentHandle
  readonly pane: PaneId
  send(text: string, more?: SendOptions): Promise<Delivery>
  screen(): Promise<string>
  activity(): Promise<string>
  idle(): Promise<void>
}

export async function openStage(tmux: Tmux): Promise<Stage> {
  const folder = await mkdtemp(join(tmpdir(), 'tmo-'))
  const sessions: SessionId[] = []
  const sim = adapterFor('sim', { simHome: join(folder, 'sim'), simProgram: simProgram() })
  return {
    tmux,
    folder,
    sim,
    launch: (adapter, more = {}) => launch({ tmux, folder, adapter, sessions }, more),
    [Symbol.asyncDispose]: async () => {
      for (const session of sessions) await tmux.killSession(session)
      await rm(folder, { recursive: true, force: true, maxRetries: 10 })
    },
  }
}

interface Place {
  readonly tmux: Tmux
  readonly folder: string
  readonly adapter: AgentAdapter
  readonly sessions: SessionId[]
}

async function launch(place: Place, more: Partial<LaunchRequest>): Promise<Actor> {
  const { tmux, folder, adapter } = place
  const conversationId = more.conversationId ?? randomUUID()
  const stateDir = join(folder, `state-${randomUUID()}`)
  const named = { orchestration: 'o-abcd', name: 'developer', role: 'developer' }
  const base = {
    ...named,
    cwd: folder,
    conversationId,
    mode: 'new',
    stateDir,
    tmoBin: folder,
    env: {},
  } as const
  const plan = await adapter.prepare({ ...base, ...more })
  const { pane, session } = await tmux.newSession({
    name: `t-${randomUUID().slice(0, 8)}`,
    cwd: folder,
    env: plan.env,
    command: plan.argv,
    remainOnExit: true,
    size: { cols: 120, rows: 40 },
  })
  place.sessions.push(session)
  const row = (await tmux.list({ fields: ['pane', 'pid'] })).find((candidate) => candidate.pane === pane)
  return actor(tmux, adapter, { conversationId, cwd: folder, pane, pid: row?.pid ?? 0, stateDir })
}

function actor(tmux: Tmux, adapter: AgentAdapter, handle: AgentHandle): Actor {
  const { pane } = handle
  const activity = async (): Promise<string> => (await adapter.activity(handle, { dead: false })).state
  return {
    adapter,
    handle,
    pane,
    send: (text, more = {}) => {
      const { token = newToken(), timeoutMs = 10_000 } = more
      const message = { token, text: formatMessage({ token, from: 'lead', text }) }
      return deliver({
        tmux: more.tmux ?? tmux,
        adapter: more.adapter ?? adapter,
        handle,
        message,
        timeoutMs,
      })
    },
    screen: async () => (await tmux.capture(pane, { lines: 1_000 })).text,
    activity,
    idle: () =>
      waitFor('the agent is idle', async () => {
        const state = await activity()
        if (state === 'exited') throw new Error(`the agent ended: ${(await tmux.capture(pane)).text.trim()}`)
        return state === 'idle'
      }),
  }
}

export function newToken(): string {
  return `tmo-m-${randomUUID().slice(0, 8)}`
}

/** Waits for a condition, at most 50 seconds. */
export async function waitFor(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + 50_000
  while (!(await isSo())) {
    if (performance.now() > end) throw new Error(`waited in vain until ${what}`)
    await sleep(20)
  }
}
