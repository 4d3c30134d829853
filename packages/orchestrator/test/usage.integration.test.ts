import type { Usage } from '@tmux-orchestrator/agents'
import { formatMessage } from '@tmux-orchestrator/agents'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type CommandsRoom, commandsRoom, id } from './commands-room.ts'

let room: CommandsRoom

beforeEach(async () => {
  room = await commandsRoom()
  await room.start()
})
afterEach(() => room[Symbol.asyncDispose]())

const use = (name: string, change: Partial<Usage> = {}, conversationId = `conversation-${id}-${name}`) =>
  room.ledger.command('usage.record', {
    id,
    name,
    conversationId,
    usage: { inputTokens: 100, outputTokens: 20, turns: 1, ...change },
  })
const cost = () => room.ledger.query('cost', { id })
const agent = async (name: string) => (await cost()).agents.find((one) => one.name === name)

async function settle(state: 'submitted' | 'refused'): Promise<void> {
  const { deliveries } = await room.ledger.command('outbox.claim', {
    owner: room.owner,
    leaseMs: 1_000,
    limit: 9,
  })
  for (const delivery of deliveries) {
    await room.ledger.command('message.settle', {
      outboxId: delivery.outboxId,
      leaseToken: delivery.leaseToken,
      messageId: delivery.message.id,
      state,
      reason: null,
      retryAt: null,
    })
  }
}

describe('what agents have used', () => {
  it('is unknown before anything was read, and for whom it is never told', async () => {
    const silent = { turns: null, inputTokens: null, costUsd: null, context: null, readAt: null, model: null }
    expect(await agent('dev1')).toMatchObject({ ...silent, atLeast: [] })
    expect((await cost()).total).toMatchObject({ inputTokens: null, costUsd: null, atLeast: [] })
  })

  it('is what the last reading said, with numbers that are not told kept apart from zero', async () => {
    await use('dev1', { turns: 1, costUsd: 0.1 })
    await use('dev1', {
      turns: 4,
      cachedInputTokens: 0,
      contextTokens: 900,
      contextUsedRatio: 0.5,
      model: 'm',
    })
    expect(await agent('dev1')).toMatchObject({
      turns: 4,
      inputTokens: 100,
      cachedInputTokens: 0,
      costUsd: null,
      context: { tokens: 900, usedRatio: 0.5 },
      model: 'm',
      atLeast: [],
    })
    expect((await cost()).total).toMatchObject({ turns: 4, atLeast: expect.arrayContaining(['turns']) })
  })

  it('adds up over the conversations of an agent, and is at least so much when one cannot be read', async () => {
    await use('dev1', { costUsd: 1 })
    await room.ledger.command('agent.continue', {
      id,
      name: 'dev1',
      conversationId: 'second',
      token: 'tmo-b-second',
      cause: 'its memory was lost',
    })
    expect(await agent('dev1'), 'a conversation that never began counts nothing').toMatchObject({
      inputTokens: 100,
      atLeast: [],
    })
    const launching = { id, name: 'dev1', conversationId: 'second', briefing: 'argument' } as const
    await room.ledger.command('agent.launching', { ...launching, briefChars: 40 })
    expect(await agent('dev1')).toMatchObject({
      inputTokens: 100,
      atLeast: expect.arrayContaining(['costUsd']),
    })
    await use('dev1', { costUsd: 2, contextTokens: 7 }, 'second')
    expect(await agent('dev1')).toMatchObject({
      inputTokens: 200,
      costUsd: 3,
      context: { tokens: 7 },
      atLeast: [],
    })
  })

  it('counts apart what we put in ourselves and what others sent, and only what arrived', async () => {
    await room.send(['dev1'], 'hello')
    await settle('submitted')
    await room.send(['dev1'], 'never arrives')
    await settle('refused')
    await room.ledger.command('message.create', {
      id,
      targets: ['dev1'],
      sender: 'check-in',
      text: 'How far?',
      policy: 'retry',
      ttlMs: 1_000,
    })
    await settle('submitted')
    const found = await agent('dev1')
    const [first] = await room.messages()
    const chars = (from: string, text: string): number =>
      formatMessage({ token: first?.token ?? '', from, text }).length
    expect(found?.received).toMatchObject({ count: 1, chars: chars('you', 'hello') })
    // the brief of this room has no known length
    expect(found?.injected).toMatchObject({ count: 2, chars: chars('check-in', 'How far?') })
  })

  it('says how long each was seen at what', async () => {
    const spend = (ms: Readonly<Record<string, number>>) =>
      room.ledger.command('activity.spent', { id, name: 'dev1', ms })
    await spend({ working: 1_500.4, idle: 10 })
    await spend({ working: 500, idle: 0 })
    expect((await agent('dev1'))?.activityMs).toEqual({ working: 2_000, idle: 10 })
    expect((await cost()).total.activityMs).toEqual({ working: 2_000, idle: 10 })
  })

  it('stays when the team was removed', async () => {
    await use('dev1')
    await room.ledger.command('orchestration.removed', { id })
    expect((await cost()).total.inputTokens).toBe(100)
    await expect(room.ledger.query('cost', { id: 'nobody' })).rejects.toMatchObject({
      code: 'NO_SUCH_ORCHESTRATION',
    })
  })
})
