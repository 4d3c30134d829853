import { type Activity, adapterFor } from '@tmux-orchestrator/agents'
import { type TemporaryServer, temporaryServer } from '@tmux-orchestrator/tmux-driver/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { resumeLimited } from '../src/resume-limited.ts'
import type { Runtime } from '../src/runtime.ts'
import { type CommandsRoom, commandsRoom, id } from './commands-room.ts'

let room: CommandsRoom
let server: TemporaryServer
let runtime: Runtime
let activity: Activity
let limit: string

beforeEach(async () => {
  room = await commandsRoom()
  await room.start()
  server = await temporaryServer()
  const { tmux } = server
  const { session } = await tmux.newSession({ name: `tmo-${id}`, command: ['cat'] })
  for (const [name, value] of [
    ['@tmo_orchestration', id],
    ['@tmo_agent', 'dev1'],
  ]) {
    await tmux.raw(['set-option', '-t', session, String(name), String(value)])
  }
  const { limit: row } = await room.ledger.command('limit.seen', {
    id,
    name: 'dev1',
    resetAt: room.now(),
    continuesItself: false,
    detail: null,
  })
  limit = row?.id ?? ''
  activity = limited()
  // what its program does is the case of each test
  const adapter = adapterFor('cat')
  adapter.activity = async () => activity
  const unused = async (): Promise<never> => {
    throw new Error('a resume needs none of it')
  }
  runtime = {
    ledger: room.ledger,
    home: '/',
    host: 'here',
    owner: room.owner,
    binDir: '/',
    env: {},
    log: () => undefined,
    signal: new AbortController().signal,
    pastings: new Map(),
    preparations: new Map(),
    now: room.now,
    tmux: async () => tmux,
    runningTmux: async () => tmux,
    adapter: () => adapter,
    repository: unused,
    folder: () => '/',
    nextChange: unused,
    closeSession: unused,
    wake: () => undefined,
  }
})
afterEach(async () => {
  await server[Symbol.asyncDispose]()
  await room[Symbol.asyncDispose]()
})

function limited(more: object = {}): Activity {
  const resetAt = room.now() - 1_000
  return { state: 'limited', source: 'transcript', at: 0, resetAt, others: [], ...more } as Activity
}

const resume = (): Promise<string> => resumeLimited(runtime, id, 'dev1', limit)
const told = async () => (await room.messages()).map((message) => message.target)
const waiting = async () => (await room.ledger.query('limits', { id })).limits

describe('an agent whose limit should have ended', () => {
  it('is told to go on, once', async () => {
    expect(await resume()).toBe('told to go on')
    expect(await told()).toEqual(['dev1'])
    expect(await resume()).toMatch(/settled/)
    expect(await told()).toEqual(['dev1'])
  })

  it('and that asks something in its window is told later: a person has to answer first', async () => {
    activity = limited({ others: [{ state: 'waiting-input', source: 'status-file', at: 0 }] })
    await expect(resume()).rejects.toThrow(/a person has to answer/)
    expect([await told(), (await waiting()).length]).toEqual([[], 1])
    activity = limited()
    expect(await resume()).toBe('told to go on')
  })

  it('is tried again while its limit ends later than was said, or nobody can tell what it does', async () => {
    const resetAt = room.now() + 60_000
    activity = limited({ resetAt })
    await expect(resume()).rejects.toThrow(/ends later/)
    activity = { state: 'unknown', source: 'none', at: 0, others: [] }
    await expect(resume()).rejects.toThrow(/nobody can tell/)
    expect([await told(), (await waiting()).length]).toEqual([[], 1])
  })

  it('is tried again while it starts, or has no window', async () => {
    await room.ledger.command('agent.launching', {
      id,
      name: 'dev1',
      conversationId: `conversation-${id}-dev1`,
      briefing: 'argument',
    })
    await expect(resume()).rejects.toThrow(/is starting/)
    await room.ledger.command('agent.state', { id, name: 'dev1', state: 'running', cause: null })
    await server.tmux.raw(['kill-server'])
    await expect(resume()).rejects.toThrow(/no window/)
    expect([await told(), (await waiting()).length]).toEqual([[], 1])
  })

  it('is left alone when it works again, or goes on by itself', async () => {
    activity = limited({ continuesItself: true })
    expect(await resume()).toMatch(/by itself/)
    activity = { state: 'working', source: 'hook', at: 0, others: [] }
    expect(await resume()).toMatch(/it is working/)
    expect([await told(), await waiting()]).toEqual([[], []])
  })
})
