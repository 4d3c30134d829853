import { describe, expect, it } from 'vitest'
import { messageOf, waitFor } from './agent.ts'
import { programs } from './programs.ts'
import { openRoom } from './room.ts'
import { serverless } from './serverless.ts'
import { watchedIo } from './watched-io.ts'

const codexes = programs.filter(({ name }) => name === 'codex')

describe.each(codexes)(
  '$name $version without its server, at work, with a person’s draft in its box',
  (program) => {
    it.skipIf(!program.isHere)(
      'is given a message at the end of its turn, without a key, and the draft stays',
      async () => {
        await using bin = await serverless(program)
        await using room = await openRoom({ ...program, bin: bin.path })
        const { agent } = await room.begin('Wait for messages. <<text ready>>')
        await agent.until(['idle'])
        await agent.submit(messageOf('<<bash sleep 6>> <<text done>>'))
        await agent.until(['working'])
        await room.tmux.type(agent.pane, 'half a thought')
        const isThere = async (): Promise<boolean> => (await agent.boxText()) === 'half a thought'
        await waitFor(() => 'the draft', isThere, { describe: () => agent.screen() })
        const io = watchedIo(room.tmux)
        const message = messageOf('two lines\nand "quotes" \\ as well')
        expect(await agent.deliver(message, { tmux: io }), await agent.screen()).toMatchObject({
          status: 'submitted',
        })
        expect(await agent.deliver(message, { tmux: io })).toMatchObject({ status: 'submitted' })
        await agent.atModel(message.token)
        const [arrival, ...others] = agent.arrivals(message.token)
        expect([arrival, others]).toEqual([expect.stringContaining(message.text), []])
        await agent.until(['idle'])
        expect(await isThere()).toBe(true)
        expect([io.pastes, io.presses]).toEqual([[], []])
        const late = await agent.deliver(messageOf('and this'), { tmux: io })
        expect(late).toMatchObject({ status: 'refused', reason: 'draft' })
        await room.tmux.keys(agent.pane, 'C-u')
        await agent.submit(messageOf('and this one goes through'))
      },
    )
  },
)
