import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import type { ClaimedState, ConformanceSubject } from '@tmux-orchestrator/agent-sim/conformance'
import type { SessionId, Tmux } from '@tmux-orchestrator/tmux-driver'
import {
  type ActivityState,
  type AgentAdapter,
  type AgentHandle,
  adapterFor,
  deliver,
  formatMessage,
} from '../src/index.ts'

export interface StartedAgent {
  readonly adapter: AgentAdapter
  readonly handle: AgentHandle
  readonly session: SessionId
}

const states: Readonly<Record<ActivityState, ClaimedState>> = {
  starting: 'starting',
  idle: 'idle',
  working: 'working',
  'waiting-input': 'asking',
  'blocked-permission': 'asking',
  limited: 'limited',
  error: 'idle',
  stuck: 'working',
  exited: 'exited',
  unknown: 'unknown',
}

/** This package, as the suite sees any orchestrator. */
export function ownSubject(tmux: Tmux): ConformanceSubject<StartedAgent> {
  return {
    name: '@tmux-orchestrator/agents',
    start: async ({ argv, env, cwd, home, sessionId, prompt }) => {
      const { pane, session } = await tmux.newSession({
        name: `c-${randomUUID().slice(0, 8)}`,
        cwd,
        env,
        command: argv,
        remainOnExit: true,
        size: { cols: 120, rows: 40 },
      })
      const row = (await tmux.list({ fields: ['pane', 'pid'] })).find((one) => one.pane === pane)
      const adapter = adapterFor('sim', { simHome: home, simPrompt: prompt })
      const stateDir = join(cwd, 'state')
      return {
        adapter,
        session,
        handle: { conversationId: sessionId, cwd, pane, pid: row?.pid ?? 0, stateDir },
      }
    },
    deliver: async ({ adapter, handle }, { token, text }) => {
      const message = { token, text: formatMessage({ token, from: 'lead', text }) }
      const delivery = await deliver({ tmux, adapter, handle, message, timeoutMs: 6_000 })
      const reason = delivery.status === 'refused' ? delivery.reason : undefined
      const detail = delivery.status === 'unknown' ? delivery.detail : reason
      return { status: delivery.status, ...(detail !== undefined && { detail }) }
    },
    ask: ({ adapter, handle }, token) => adapter.findToken({ ...handle, token }),
    readState: async ({ adapter, handle }) => {
      const row = (await tmux.list({ fields: ['pane', 'dead', 'title'] })).find(
        (one) => one.pane === handle.pane,
      )
      const screen = async (): Promise<string> => (await tmux.capture(handle.pane, { attributes: true })).text
      const look = { dead: row?.dead ?? true, title: row?.title ?? '', screen }
      return states[(await adapter.activity(handle, look)).state]
    },
    stop: async ({ session }) => {
      await tmux.killSession(session)
    },
  }
}

/** What many tools do: paste, press Enter, say that it is sent; and a screen that stands still is idle. */
export function carelessSubject(tmux: Tmux): ConformanceSubject<StartedAgent> {
  const own = ownSubject(tmux)
  return {
    name: 'paste and Enter',
    start: own.start,
    stop: own.stop,
    deliver: async ({ handle }, { token, text }) => {
      await tmux.raw(['set-buffer', '-b', token, '--', `${text} ${token}`])
      await tmux.raw(['paste-buffer', '-p', '-d', '-b', token, '-t', handle.pane])
      await tmux.raw(['send-keys', '-t', handle.pane, 'Enter'])
      return { status: 'submitted' }
    },
    readState: async () => 'idle',
  }
}
