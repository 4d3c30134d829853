import type { PermissionAsk } from '@tmux-orchestrator/agents'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type CommandsRoom, commandsRoom, id } from './commands-room.ts'

let room: CommandsRoom

beforeEach(async () => {
  room = await commandsRoom()
  await room.start()
})
afterEach(() => room[Symbol.asyncDispose]())

const ask = (request: string, change: Partial<PermissionAsk> = {}): PermissionAsk => {
  const asked = { id: request, tool: 'AskUserQuestion', subject: 'Which\none?', askedAt: room.now() }
  return { ...asked, isPartial: false, isQuestion: true, choices: ['This', 'That'], ...change }
}
const see = (asks: readonly PermissionAsk[], gone: readonly { request: string; at: number }[] = []) =>
  room.ledger.command('question.seen', { id, name: 'dev1', asks, gone })
const waiting = async () => (await room.ledger.query('status', { id })).questions
const events = async () =>
  (await room.ledger.query('events', { after: 0, limit: 1000, stream: id })).events
    .filter(({ kind }) => kind.startsWith('question:'))
    .map(({ kind, subject, data }) => [kind, subject, data])

describe('a question of an agent', () => {
  it('is told once, and its end once with the time that it took', async () => {
    await see([ask('1')])
    const since = new Date(room.now()).toISOString()
    room.pass(30_000)
    await see([ask('1')])
    // Its hook has ended; its dialog stands.
    await see([])
    expect(await waiting()).toEqual([
      { agent: 'dev1', request: '1', question: 'Which one?', choices: ['This', 'That'], since },
    ])
    room.pass(60_000)
    const gone = [{ request: '1', at: room.now() - 10_000 }]
    expect(await see([], gone)).toEqual({ waiting: [] })
    await see([], gone)
    expect(await waiting()).toEqual([])
    expect(await events()).toEqual([
      ['question:asked', 'dev1', { request: '1', question: 'Which one?', choices: ['This', 'That'] }],
      ['question:gone', 'dev1', { request: '1', waitedMs: 80_000 }],
    ])
  })

  it('is bounded, and needs no choices', async () => {
    const { choices: _, ...plain } = ask('1', { subject: 'a '.repeat(3_000) })
    await see([plain])
    const [shown] = await waiting()
    expect([shown?.question.length, shown?.choices]).toEqual([1_000, []])
  })

  it('waits for nobody once its team has stopped', async () => {
    await see([ask('1')])
    await room.ledger.command('orchestration.state', { id, state: 'stopped' })
    expect(await waiting()).toEqual([])
  })
})
