import { afterEach, beforeEach, expect, it } from 'vitest'
import type { Ledger } from '../src/ledger.ts'
import { type EngineRoom, engineRoom, id } from './engine-room.ts'

const patience = { timeout: 60_000, interval: 20 }
let room: EngineRoom
let letGo: () => void
/** The outcomes that wait to be written down. */
let waiting = 0

/** The first outcome of a message cannot be written down until the test lets it: its delivery is under way for as long. */
function stuck(ledger: Ledger): Ledger {
  const gate = new Promise<void>((resolve) => {
    letGo = resolve
  })
  return {
    query: (name, args) => ledger.query(name, args),
    command: async (name, args) => {
      if (name === 'message.settle' && waiting === 0) {
        waiting += 1
        await gate
      }
      return await ledger.command(name, args)
    },
  }
}

beforeEach(async () => {
  waiting = 0
  room = await engineRoom({ through: stuck })
})
afterEach(async () => {
  letGo()
  await room[Symbol.asyncDispose]()
})

const send = (name: string, text: string): Promise<unknown> =>
  room.engine.handle({ name: 'message.send', args: { target: `${id}/${name}`, text } })

it('a delivery that takes long holds up no other agent’s, and the next one to the same agent waits for it', async () => {
  await room.start(2)
  for (const name of ['dev1', 'dev2']) {
    await expect.poll(() => room.screen(name), patience).toContain('This is the end of the brief')
    const agent = (await room.desired()).agents.find((row) => row.name === name)
    const brief = (await room.desired()).conversations.find((row) => row.id === agent?.conversation_id)
    await room.verb(name, 'report', 'progress', `I have the brief ${brief?.token}`)
  }
  const states = async (): Promise<unknown> => (await room.desired()).agents.map((agent) => agent.state)
  await expect.poll(states, patience).toEqual(['running', 'running'])
  await send('dev1', 'the first to dev1')
  await expect.poll(() => waiting, patience).toBe(1)
  await send('dev1', 'the second to dev1')
  await send('dev2', 'the first to dev2')
  await expect.poll(() => room.screen('dev2'), patience).toContain('the first to dev2')
  expect(await room.screen('dev1')).not.toContain('the second to dev1')
  letGo()
  await expect.poll(() => room.screen('dev1'), patience).toContain('the second to dev1')
})
