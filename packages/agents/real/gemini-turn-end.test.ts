import { describe, expect, it } from 'vitest'
import { messageOf, waitFor } from './agent.ts'
import { givenBesideDraft } from './given-beside-draft.ts'
import { programs } from './programs.ts'
import { openRoom } from './room.ts'
import { watchedIo } from './watched-io.ts'

const geminis = programs.filter(({ name }) => name === 'gemini')

describe.each(geminis)('$name $version at work', (program) => {
  it.skipIf(!program.isHere)(
    'is given a message at the end of its turn, without a key, and a person’s draft stays',
    async () => {
      await using room = await openRoom(program)
      const { agent } = await room.begin('Wait for messages.', { permissionMode: program.freeMode })
      await agent.until(['idle'])
      await agent.submit(messageOf('<<bash sleep 6>> <<text done>>'))
      await agent.until(['working'])
      await givenBesideDraft(room, agent)
    },
  )

  it.skipIf(!program.isHere)(
    'is given messages in a row, each once and exact, and some of them without a key',
    async () => {
      await using room = await openRoom(program)
      const { agent } = await room.begin('Wait for messages.', { permissionMode: program.freeMode })
      await agent.until(['idle'])
      await agent.submit(messageOf('<<slow 4>>'))
      const io = watchedIo(room.tmux)
      const messages = Array.from({ length: 12 }, (_, at) => messageOf(`<<slow 1>> and then ${at}`))
      for (const message of messages) {
        expect(await agent.deliver(message, { tmux: io }), await agent.screen()).toMatchObject({
          status: 'submitted',
        })
      }
      for (const message of messages) {
        await agent.atModel(message.token)
        expect(agent.arrivals(message.token)).toEqual([message.text])
      }
      console.log(io.pastes.length)
      expect(io.pastes.length).toBeLessThan(messages.length / 2)
      await agent.until(['idle'])
    },
  )

  it.skipIf(!program.isHere)(
    'has a message taken back that its turn is too long for, which is refused, and given it once later',
    async () => {
      await using room = await openRoom(program)
      const { agent } = await room.begin('Wait for messages.', { permissionMode: program.freeMode })
      await agent.until(['idle'])
      await agent.submit(messageOf('<<bash sleep 8>> <<text done>>'))
      await agent.until(['working'])
      const message = messageOf('this waits')
      const refused = await agent.deliver(message, { timeoutMs: 2_000 })
      expect(refused).toMatchObject({ status: 'refused', reason: 'busy' })
      await agent.until(['idle'])
      expect(agent.arrivals(message.token)).toEqual([])
      await agent.submit(message)
      await agent.atModel(message.token)
      expect(agent.arrivals(message.token)).toEqual([message.text])
    },
  )

  it.skipIf(!program.isHere).each([
    ['talks', '<<slow 20>>'],
    ['runs a tool', '<<bash sleep 20>> <<text done>>'],
  ])(
    'is given a message once that waits for a turn which a person breaks off while it %s',
    async (_what, script) => {
      await using room = await openRoom(program)
      const { agent } = await room.begin('Wait for messages.', { permissionMode: program.freeMode })
      await agent.until(['idle'])
      const work = messageOf(script)
      await agent.submit(work)
      await agent.until(['working'])
      await agent.atModel(work.token)
      const message = messageOf('this waits')
      const begun = performance.now()
      const delivery = agent.deliver(message)
      await new Promise((resolve) => setTimeout(resolve, 3_000))
      await room.tmux.keys(agent.pane, 'Escape')
      const outcome = await delivery
      console.log(outcome, performance.now() - begun, await agent.screen())
      await agent.atModel(message.token)
      expect(agent.arrivals(message.token)).toEqual([message.text])
      await agent.until(['idle'])
    },
  )
})
void waitFor
