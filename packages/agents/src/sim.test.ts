import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parsePaneId } from '@tmux-orchestrator/tmux-driver'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { AgentHandle, LaunchRequest } from './adapter.ts'
import { processStart } from './process-state.ts'
import { SimAdapter } from './sim.ts'

const id = '22222222-2222-4222-8222-222222222222'
let home: string
let sim: SimAdapter

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'tmo-'))
  mkdirSync(join(home, 'sessions'))
  mkdirSync(join(home, 'conversations'))
  sim = new SimAdapter({ home, program: '/opt/sim/main.js', env: { PATH: '/usr/bin' } })
})
afterEach(() => rmSync(home, { recursive: true }))

const handle: AgentHandle = {
  conversationId: id,
  cwd: '/',
  pane: parsePaneId('%1'),
  pid: process.pid,
  stateDir: '/s',
}

function request(more: Partial<LaunchRequest> = {}): LaunchRequest {
  const named = { orchestration: 'o-abcd', name: 'developer', role: 'developer' }
  return {
    ...named,
    cwd: '/',
    stateDir: '/s',
    tmoBin: '/bin/tmo',
    conversationId: id,
    mode: 'new',
    env: {},
    ...more,
  }
}

function session(status: string, pidStart: string): void {
  const file = {
    pid: process.pid,
    pidStart,
    sessionId: id,
    cwd: '/',
    status,
    statusUpdatedAt: 5,
    version: '1',
  }
  writeFileSync(join(home, 'sessions', `${process.pid}.json`), JSON.stringify(file))
}

describe('the adapter of the simulated agent', () => {
  it('plans a start with the chosen conversation, its options and the brief', async () => {
    const plan = await sim.prepare(
      request({ brief: '[brief] go', options: { seed: '7', 'startup-ms': '0' } }),
    )
    expect(plan).toEqual({
      argv: [
        ...[process.execPath, '/opt/sim/main.js', '--session-id', id],
        ...['--seed', '7', '--startup-ms', '0', '[brief] go'],
      ],
      env: { TMO_SIM_HOME: home, PATH: '/bin/tmo:/usr/bin' },
      briefed: 'argument',
    })
  })

  it('resumes by conversation', async () => {
    expect((await sim.prepare(request({ mode: 'resume' }))).argv.slice(2)).toEqual(['--resume', id])
  })

  it('is missing when the program is not there', async () => {
    expect(await sim.detect()).toMatchObject({ status: 'missing' })
  })

  it.each([
    ['starting', 'starting'],
    ['idle', 'idle'],
    ['busy', 'working'],
    ['waiting', 'waiting-input'],
  ])('reads status %s as %s', async (status, state) => {
    session(status, processStart(process.pid) ?? '0')
    expect(await sim.activity(handle, { dead: false })).toMatchObject({ state, at: 5, source: 'status-file' })
  })

  it('does not believe a file whose process id now belongs to another process', async () => {
    session('busy', '1')
    expect((await sim.activity(handle, { dead: false })).state).toBe('starting')
  })

  it('counts its turns, and costs nothing', async () => {
    const file = join(home, 'conversations', `${id}.jsonl`)
    expect(await sim.usage(handle)).toBeUndefined()
    const lines = ['session', 'user', 'assistant', 'user'].map((type) => JSON.stringify({ type }))
    writeFileSync(file, `${lines.join('\n')}\n{"type":"us`)
    expect(await sim.usage(handle)).toEqual({
      inputTokens: 0,
      outputTokens: 0,
      cachedInputTokens: 0,
      costUsd: 0,
      turns: 2,
    })
  })

  it('takes only input for a proof', async () => {
    const file = join(home, 'conversations', `${id}.jsonl`)
    const query = { ...handle, token: 'tmo-m-7f3a9c2e' }
    expect(await sim.conversation(query)).toBe('absent')
    writeFileSync(file, `${JSON.stringify({ type: 'assistant', text: query.token })}\n`)
    expect([await sim.conversation(query), await sim.findToken(query)]).toEqual(['present', 'absent'])
    writeFileSync(file, `${JSON.stringify({ type: 'user', text: `hi ${query.token}` })}\n`)
    expect(await sim.findToken(query)).toBe('present')
  })
})
