import { describe, expect, it } from 'vitest'
import { handedOverMax } from '../src/hooks.ts'
import { type Agent, messageOf, waitFor } from './agent.ts'
import { givenBesideDraft } from './given-beside-draft.ts'
import { isSlice, ofTheDay, programs, type RealProgram } from './programs.ts'
import { openRoom, type Room } from './room.ts'
import { watchedIo } from './watched-io.ts'

const geminis = programs.filter(({ name }) => name === 'gemini')

/** An agent that has begun to do what a script says. */
async function atWork(program: RealProgram, room: Room, script: string): Promise<Agent> {
  const { agent } = await room.begin('Wait for messages.', { permissionMode: program.freeMode })
  await agent.until(['idle'])
  const work = messageOf(script)
  await agent.submit(work)
  await agent.until(['working'])
  await agent.atModel(work.token)
  return agent
}

async function beginDraft(room: Room, agent: Agent): Promise<void> {
  await room.tmux.type(agent.pane, 'half a thought')
  const isThere = async (): Promise<boolean> => (await agent.boxText()) === 'half a thought'
  await waitFor(() => 'the draft', isThere, { describe: () => agent.screen() })
}

describe.each(geminis)('$name $version at work', (program) => {
  it.skipIf(!program.isHere)(
    'is given a message at the end of its turn, without a key, where a person’s draft stands in its box',
    async () => {
      await using room = await openRoom(program)
      const agent = await atWork(program, room, '<<bash sleep 6>> <<text done>>')
      await givenBesideDraft(room, agent)
    },
  )

  it.skipIf(!program.isHere || isSlice)(
    `is given ${handedOverMax} in a row so, and the next when the draft is gone, each once`,
    async () => {
      await using room = await openRoom(program)
      const agent = await atWork(program, room, '<<slow 4>>')
      await beginDraft(room, agent)
      const io = watchedIo(room.tmux)
      const messages = Array.from({ length: handedOverMax + 1 }, (_, at) =>
        messageOf(`<<slow 2>> and then ${at}`),
      )
      const outcomes: string[] = []
      for (const message of messages)
        outcomes.push((await agent.deliver(message, { tmux: io, timeoutMs: 10_000 })).status)
      expect(outcomes, await agent.screen()).toEqual([...messages.slice(1).map(() => 'submitted'), 'refused'])
      expect([io.pastes, io.presses]).toEqual([[], []])
      await agent.until(['idle'])
      await room.tmux.keys(agent.pane, 'C-u')
      for (const message of messages) await agent.submit(message)
      for (const message of messages) {
        await agent.atModel(message.token)
        expect(agent.arrivals(message.token)).toEqual([message.text])
      }
    },
  )

  it.skipIf(!program.isHere)(
    'has messages wait for the end of its turn, and then typed, each once and exact',
    async () => {
      await using room = await openRoom(program)
      const agent = await atWork(program, room, '<<slow 4>>')
      const io = watchedIo(room.tmux)
      const messages = Array.from({ length: 4 }, (_, at) => messageOf(`<<slow 1>> and then\n${at}`))
      for (const message of messages) {
        const outcome = await agent.deliver(message, { tmux: io })
        expect(outcome, await agent.screen()).toMatchObject({ status: 'submitted' })
      }
      for (const message of messages) {
        await agent.atModel(message.token)
        expect(agent.arrivals(message.token)).toEqual([message.text])
      }
      expect(io.pastes).toEqual(messages.map(({ text }) => text))
    },
  )

  it.skipIf(!program.isHere).each(ofTheDay(['with', 'without']))(
    'has a message refused, %s a draft in its box, that its turn is too long for, and given it once later',
    async (how) => {
      await using room = await openRoom(program)
      const agent = await atWork(program, room, '<<bash sleep 8>> <<text done>>')
      if (how === 'with') await beginDraft(room, agent)
      const message = messageOf('this waits')
      const refused = await agent.deliver(message, { timeoutMs: 2_000 })
      expect(refused).toMatchObject({ status: 'refused', reason: 'busy' })
      await agent.until(['idle'])
      expect(agent.arrivals(message.token)).toEqual([])
      if (how === 'with') await room.tmux.keys(agent.pane, 'C-u')
      await agent.submit(message)
      await agent.atModel(message.token)
      expect(agent.arrivals(message.token)).toEqual([message.text])
    },
  )

  const brokenOff = [
    ['talks', '<<slow 30>>', 'draft'],
    ['runs a tool', '<<bash sleep 30>> <<text done>>', 'draft'],
    ['talks', '<<slow 30>>', 'nothing'],
  ] as const
  it.skipIf(!program.isHere).each(ofTheDay(brokenOff))(
    'is given no message by a turn that a person breaks off while it %s (%s), with %s in its box, and given it once later',
    async (_what, script, box) => {
      await using room = await openRoom(program)
      const agent = await atWork(program, room, script)
      if (box === 'draft') await beginDraft(room, agent)
      const message = messageOf('this waits')
      const begunAt = performance.now()
      const delivery = agent.deliver(message)
      await waitFor(
        () => 'some of the wait',
        () => performance.now() - begunAt > 1_500,
      )
      await room.tmux.keys(agent.pane, 'Escape')
      const outcome = await delivery
      expect(performance.now() - begunAt).toBeLessThan(20_000)
      if (box === 'draft') {
        expect(outcome).toMatchObject({ status: 'refused', reason: 'draft' })
        expect(agent.arrivals(message.token)).toEqual([])
        await room.tmux.keys(agent.pane, 'C-u')
        await agent.submit(message)
      } else expect(outcome).toMatchObject({ status: 'submitted' })
      await agent.atModel(message.token)
      await agent.until(['idle'])
      expect(agent.arrivals(message.token)).toEqual([message.text])
    },
  )
})
