import { describe, expect, it } from 'vitest'
import { type Agent, messageOf, newToken, waitFor } from './agent.ts'
import { claudes, isSlice } from './programs.ts'
import { openRoom, type Room } from './room.ts'

const rounds = isSlice ? 2 : 10

async function kill(agent: Agent): Promise<void> {
  process.kill(agent.handle.pid, 'SIGKILL')
  await agent.until(['exited'])
}

function resume(room: Room, { handle }: Agent): Promise<Agent> {
  return room.launch({ mode: 'resume', conversationId: handle.conversationId })
}

describe.each(claudes)('Claude Code $version, killed', (program) => {
  it.skipIf(!program.isHere)(
    `goes on with its conversation, ${rounds} of ${rounds} times, at rest and at work`,
    async () => {
      await using room = await openRoom(program)
      const brief = `[brief ${newToken('b')}] Remember this. <<text I do>>`
      let agent = await room.launch({ brief })
      await agent.until(['idle'])
      const isKept = async (): Promise<boolean> =>
        (await room.adapter.conversation(agent.handle)) === 'present'
      await waitFor(() => 'the conversation is on the disk', isKept)
      for (let round = 0; round < rounds; round += 1) {
        if (round % 2 === 1) {
          await agent.submit(messageOf('<<slow 30>>'))
          await agent.until(['working'])
        }
        await agent.submit(messageOf(`before kill ${round}`))
        await kill(agent)
        agent = await resume(room, agent)
        await agent.until(['idle'])
        const after = messageOf(`after kill ${round}`)
        await agent.submit(after)
        expect((await agent.atModel(after.token)).opening.trim()).toBe(brief)
        await agent.until(['idle'])
      }
    },
  )

  it.skipIf(!program.isHere)(
    `in its first turn has a conversation that it can go on with, or says that it has none, ${rounds * 2} times`,
    async () => {
      await using room = await openRoom(program)
      for (let round = 0; round < rounds * 2; round += 1) {
        const agent = await room.launch({ brief: `[brief ${newToken('b')}] Begin. <<text I do>>` })
        await agent.until(round % 2 === 0 ? ['idle'] : ['working', 'idle'])
        await kill(agent)
        const presence = await room.adapter.conversation(agent.handle)
        const again = await resume(room, agent)
        const { state } = await again.until(['idle', 'exited'])
        expect([presence, state]).toEqual(presence === 'present' ? ['present', 'idle'] : ['absent', 'exited'])
        await again.kill()
      }
    },
  )
})
