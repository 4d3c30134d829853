import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { CommandMap } from '../src/command-map.ts'
import { type CommandsRoom, commandsRoom, id } from './commands-room.ts'

let room: CommandsRoom
const minuteMs = 60_000

beforeEach(async () => {
  room = await commandsRoom()
  await room.start()
})
afterEach(() => room[Symbol.asyncDispose]())

type Kind = CommandMap['error.seen']['args']['kind']

const see = (name: string, kind: Kind, hitAt?: number) =>
  room.ledger.command('error.seen', {
    id,
    name,
    kind,
    detail: 'it failed',
    ...(hitAt === undefined ? {} : { hitAt }),
  })
const over = (name: string) => room.ledger.command('error.over', { id, name })
const shown = async () => (await room.ledger.query('status', { id })).errors
const told = async () =>
  (await room.ledger.query('events', { after: 0, limit: 1000, stream: id })).events
    .filter(({ kind }) => kind.startsWith('error:'))
    .map(({ kind, data }) => `${kind} ${(data as { error: string }).error}`)

describe('an error that stops an agent', () => {
  it('is told once, however often it is seen, and its end once', async () => {
    await over('dev1')
    const hitAt = room.now()
    expect(await see('dev1', 'authentication', hitAt)).toEqual({ told: true })
    for (let look = 0; look < 5; look += 1) {
      room.pass(10 * minuteMs)
      expect(await see('dev1', 'authentication', hitAt)).toEqual({ told: true })
    }
    await over('dev1')
    await over('dev1')
    expect(await told()).toEqual(['error:seen authentication', 'error:over authentication'])
    const { events } = await room.ledger.query('events', { after: 0, limit: 1000, stream: id })
    expect(events.findLast(({ kind }) => kind === 'error:seen')).toMatchObject({
      subject: 'dev1',
      data: { error: 'authentication', detail: 'it failed', at: new Date(hitAt).toISOString() },
    })
    expect(events.at(-1)).toMatchObject({ kind: 'error:over', data: { stoodMs: 50 * minuteMs } })
  })

  it('is a new one of another kind, and when a later turn fails again', async () => {
    await see('dev1', 'authentication', room.now())
    await see('dev1', 'credit', room.now())
    room.pass(minuteMs)
    await see('dev1', 'credit', room.now())
    await over('dev1')
    room.pass(minuteMs)
    await see('dev1', 'credit', room.now())
    await see('dev2', 'stuck')
    expect(await told()).toEqual([
      'error:seen authentication',
      'error:seen credit',
      'error:seen credit',
      'error:over credit',
      'error:seen credit',
      'error:seen stuck',
    ])
  })

  it('floods nothing where turn after turn fails, or it is out of sight for a moment again and again', async () => {
    for (let turn = 0; turn < 60; turn += 1) {
      await see('dev1', 'server', room.now())
      room.pass(1_000)
    }
    const turns = await told()
    expect(turns.length).toBeLessThanOrEqual(7)
    for (let look = 0; look < 60; look += 1) {
      await see('dev2', 'network')
      await over('dev2')
      room.pass(1_000)
    }
    expect((await told()).slice(turns.length)).toEqual(['error:seen network', 'error:over network'])
  })

  it('that came back too soon stands, and is told once it has stood for a minute', async () => {
    await see('dev1', 'network')
    await over('dev1')
    room.pass(5_000)
    expect(await see('dev1', 'network')).toEqual({ told: false })
    expect(await shown()).toMatchObject([{ agent: 'dev1', kind: 'network' }])
    room.pass(minuteMs)
    expect(await see('dev1', 'network')).toEqual({ told: true })
    expect(await told()).toEqual(['error:seen network', 'error:over network', 'error:seen network'])
  })

  it('needs a human at once where nobody gets over it alone, else after five minutes, while its agent runs', async () => {
    await see('dev1', 'context-full')
    await see('dev2', 'overloaded')
    expect(await shown()).toMatchObject([
      { agent: 'dev1', kind: 'context-full', detail: 'it failed', needsYou: true },
      { agent: 'dev2', kind: 'overloaded', needsYou: false },
    ])
    room.pass(5 * minuteMs)
    expect(await shown()).toMatchObject([{ needsYou: true }, { needsYou: true }])
    await over('dev1')
    expect(await shown()).toMatchObject([{ agent: 'dev2' }])
    await room.ledger.command('agent.state', { id, name: 'dev2', state: 'done', cause: null })
    expect(await shown()).toEqual([])
  })
})
