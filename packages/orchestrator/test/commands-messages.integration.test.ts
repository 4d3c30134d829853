import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { CommandMap, Delivery } from '../src/command-map.ts'
import { messageToken } from '../src/message-token.ts'
import { type CommandsRoom, commandsRoom, id } from './commands-room.ts'

let room: CommandsRoom

beforeEach(async () => {
  room = await commandsRoom()
})
afterEach(() => room[Symbol.asyncDispose]())

describe('messages', () => {
  const claim = (owner = room.owner) =>
    room.ledger.command('outbox.claim', { owner, leaseMs: 30_000, limit: 10 })
  const settle = (
    delivery: Delivery | undefined,
    outcome: Pick<CommandMap['message.settle']['args'], 'state' | 'reason' | 'retryAt'>,
  ) =>
    room.ledger.command('message.settle', {
      outboxId: delivery?.outboxId ?? '',
      leaseToken: delivery?.leaseToken ?? 0,
      messageId: delivery?.message.id ?? '',
      ...outcome,
    })

  it('become one outbox row each, in the transaction that made them', async () => {
    await room.start()
    const sent = (await room.send(['dev1', 'dev2'])).messages
    const rows = await room.store.db.selectFrom('outbox').select(['target', 'body', 'state']).execute()
    expect(rows.toSorted((a, b) => a.target.localeCompare(b.target))).toEqual(
      sent.map((one) => ({ target: `${id}/${one.target}`, body: one.id, state: 'pending' })),
    )
    await expect(room.send(['dev1', 'nobody'])).rejects.toMatchObject({
      code: 'NO_SUCH_AGENT',
      hint: expect.stringMatching(/^its agents are: .*dev2/),
    })
    expect(await room.store.db.selectFrom('outbox').select('id').execute()).toHaveLength(2)
  })

  it('are refused when empty or larger than 64 KiB', async () => {
    await room.start()
    await expect(room.send(['dev1'], ' \n')).rejects.toMatchObject({ code: 'BAD_ARGUMENT' })
    await expect(room.send(['dev1'], 'ä'.repeat(32 * 1024 + 1))).rejects.toMatchObject({
      code: 'BAD_ARGUMENT',
    })
    await room.send(['dev1'], 'ä'.repeat(32 * 1024))
  })

  it('are at most 30 a minute to one agent', async () => {
    await room.start()
    for (let index = 0; index < 30; index += 1) await room.send(['dev1'])
    await expect(room.send(['dev1'])).rejects.toMatchObject({ code: 'RATE_LIMITED' })
    await room.send(['dev2'])
    room.pass(60_000)
    await room.send(['dev1'])
  })

  it('are claimed one at a time per agent, and settle with their outbox row', async () => {
    await room.start()
    const [first] = (await room.send(['dev1'], 'one')).messages
    await room.send(['dev1'], 'two')
    const [delivery, ...others] = (await claim()).deliveries
    expect(others).toEqual([])
    expect(delivery).toMatchObject({
      attempt: 1,
      doubt: 'none',
      message: { body: 'one', token: messageToken(first?.id ?? '') },
    })
    expect((await claim()).deliveries).toEqual([])
    await settle(delivery, { state: 'submitted', reason: null, retryAt: null })
    expect((await room.messages()).map((row) => row.state)).toEqual(['submitted', 'pending'])
    const { events } = await room.ledger.query('events', { after: 0, limit: 1000, stream: id })
    expect(events.find(({ kind }) => kind === 'message:submitted')).toMatchObject({
      subject: 'dev1',
      data: { message: first?.id, reason: null, tookMs: expect.any(Number) },
    })
    expect((await claim()).deliveries).toMatchObject([{ message: { body: 'two' } }])
  })

  it('come back as uncertain when their sender was lost, with a new lease', async () => {
    await room.start()
    await room.send(['dev1'])
    const gone = room.owner.split('/').with(4, '1').join('/')
    const [lost] = (await claim(gone)).deliveries
    await room.ledger.command('jobs.tick', null)
    const [found, ...others] = (await claim()).deliveries
    expect(others).toEqual([])
    expect(found).toMatchObject({ doubt: 'sender-lost', attempt: 2, message: { id: lost?.message.id } })
    await expect(settle(lost, { state: 'submitted', reason: null, retryAt: null })).rejects.toMatchObject({
      code: 'LEASE_LOST',
    })
  })

  it('wait for their next attempt when they are to be tried again', async () => {
    await room.start()
    await room.send(['dev1'])
    const [delivery] = (await claim()).deliveries
    await settle(delivery, { state: 'refused', reason: 'busy', retryAt: room.now() + 1000 })
    expect(await room.messages()).toMatchObject([{ state: 'pending', reason: 'busy', settled_at: null }])
    expect((await claim()).deliveries).toEqual([])
    room.pass(1000)
    expect((await claim()).deliveries).toMatchObject([{ attempt: 2, doubt: 'none' }])
  })

  it('that nothing proves are unknown, told once, and come back to be looked for until somebody says that is all', async () => {
    await room.start()
    await room.send(['dev1'])
    const look = async (
      state: 'unknown' | 'submitted',
      retryAt: number | null,
    ): Promise<string | undefined> => {
      const [delivery] = (await claim()).deliveries
      await settle(delivery, { state, reason: state === 'unknown' ? 'no proof' : null, retryAt })
      return delivery?.doubt
    }
    expect(await look('unknown', room.now() + 1000)).toBe('none')
    const [first] = await room.messages()
    expect(first).toMatchObject({ state: 'unknown', reason: 'no proof', settled_at: room.now() })
    expect((await claim()).deliveries).toEqual([])
    room.pass(1000)
    await room.send(['dev1'], 'the next one does not wait for it')
    expect(await look('unknown', room.now() + 1000)).toBe('unproven')
    expect((await room.messages())[0]).toEqual(first)
    expect(await look('submitted', null)).toBe('none')
    room.pass(1000)
    expect(await look('submitted', null)).toBe('unproven')
    expect(await room.messages()).toMatchObject([{ state: 'submitted' }, { state: 'submitted' }])
    const { events } = await room.ledger.query('events', { after: 0, limit: 1000, stream: id })
    const kinds = events.map(({ kind }) => kind).filter((kind) => kind.startsWith('message:'))
    expect(kinds).toEqual(['message:unknown', 'message:submitted', 'message:submitted'])

    await room.send(['dev2'])
    expect(await look('unknown', null)).toBe('none')
    room.pass(60_000)
    expect((await claim()).deliveries).toEqual([])
  })

  it('that nothing proves are looked for one at a time per agent', async () => {
    await room.start()
    for (const text of ['one', 'two']) {
      await room.send(['dev1'], text)
      const [delivery] = (await claim()).deliveries
      await settle(delivery, { state: 'unknown', reason: 'no proof', retryAt: room.now() + 1000 })
    }
    room.pass(1000)
    expect((await claim()).deliveries).toMatchObject([{ message: { body: 'one' } }])
    expect((await claim()).deliveries).toEqual([])
  })

  it('are not delivered after the end', async () => {
    await room.start()
    await room.send(['dev1'])
    await room.ledger.command('orchestration.state', { id, state: 'stopped' })
    expect((await claim()).deliveries).toEqual([])
    expect(await room.messages()).toMatchObject([{ state: 'dead', reason: 'the orchestration is stopped' }])
  })

  it('tell an agent that its conversation is back, once until it has heard of it; a continuation has a brief for that', async () => {
    await room.start()
    const agent = await room.agent('dev1')
    const conversationId = agent?.conversation_id ?? ''
    const crash = () =>
      room.ledger.command('agent.exited', { id, name: 'dev1', cause: 'gone', counted: false, ended: null })
    const comeBack = async (conversation: string): Promise<void> => {
      const key = { id, name: 'dev1', conversationId: conversation }
      await room.ledger.command('agent.launching', { ...key, briefing: 'argument' })
      await room.ledger.command('agent.briefed', { ...key, proof: 'its conversation is back' })
    }
    for (const _ of [1, 2]) {
      await crash()
      await comeBack(conversationId)
    }
    expect(await room.messages()).toMatchObject([
      { target: 'dev1', sender: 'tmo', policy: 'retry', body: expect.stringContaining('was started again') },
    ])
    const [delivery] = (await claim()).deliveries
    await settle(delivery, { state: 'submitted', reason: null, retryAt: null })
    await crash()
    await comeBack(conversationId)
    expect(await room.messages()).toHaveLength(2)
    const [second] = (await claim()).deliveries
    await settle(second, { state: 'unknown', reason: 'no proof', retryAt: room.now() + 3_000 })
    await crash()
    await comeBack(conversationId)
    // it may be sent again still
    expect(await room.messages()).toHaveLength(2)
    await crash()
    const lost = { id, name: 'dev1', conversationId: 'another', token: 'tmo-b-1', cause: 'lost' }
    await room.ledger.command('agent.continue', lost)
    await comeBack('another')
    expect(await room.messages()).toHaveLength(2)
  })

  it('are read once through the inbox', async () => {
    await room.start()
    await room.send(['dev1'])
    const read = () => room.ledger.command('inbox.read', { id, name: 'dev1', limit: 10 })
    expect((await read()).messages).toMatchObject([{ from: 'you', text: 'hello' }])
    expect((await read()).messages).toEqual([])
  })
})
