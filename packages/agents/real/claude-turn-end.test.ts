import { describe, expect, it } from 'vitest'
import { messageOf, waitFor } from './agent.ts'
import { givenBesideDraft } from './given-beside-draft.ts'
import { claudes, ofTheDay } from './programs.ts'
import { openRoom } from './room.ts'

describe.each(ofTheDay(claudes))(
  'Claude Code $version at work, with a person’s draft in its box',
  (program) => {
    it.skipIf(!program.isHere)(
      'is given a message at the end of its turn, without a key, and the draft stays',
      async () => {
        await using room = await openRoom(program)
        const { agent } = await room.begin('Wait for messages.', { permissionMode: program.freeMode })
        await agent.until(['idle'])
        const work = messageOf('<<bash sleep 6>> <<text done>>')
        await agent.submit(work)
        await agent.until(['working'])
        await givenBesideDraft(room, agent)
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
        await room.tmux.type(agent.pane, 'half a thought')
        await waitFor(
          () => 'the draft',
          async () => (await agent.boxText()) !== '',
        )
        const message = messageOf('this waits')
        expect(await agent.deliver(message, { timeoutMs: 2_000 })).toMatchObject({
          status: 'refused',
          reason: 'draft',
        })
        await agent.until(['idle'])
        expect(agent.arrivals(message.token)).toEqual([])
        await room.tmux.keys(agent.pane, 'C-u')
        await agent.submit(message)
        await agent.atModel(message.token)
        expect(agent.arrivals(message.token)).toEqual([message.text])
      },
    )
  },
)
