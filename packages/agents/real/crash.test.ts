import { describe, expect, it } from 'vitest'
import { isAgentsError } from '../src/index.ts'
import { type Agent, messageOf, waitFor } from './agent.ts'
import { isSlice, programsOfTheDay } from './programs.ts'
import { openRoom, type Room } from './room.ts'

const rounds = isSlice ? 2 : 10
const firstTurns = isSlice ? 2 : 20
const minutesPerRound = 4

async function kill(agent: Agent): Promise<void> {
  agent.crash()
  await agent.until(['exited'])
}

function resume(room: Room, { handle }: Agent): Promise<Agent> {
  return room.launch({ mode: 'resume', conversationId: handle.conversationId })
}

/** What comes of a resume: one that there is nothing for is refused, or the program ends. */
async function resumed(room: Room, agent: Agent): Promise<string> {
  try {
    const again = await resume(room, agent)
    const { state } = await again.until(['idle', 'exited'])
    await again.kill()
    return state
  } catch (error) {
    if (isAgentsError(error) && error.code === 'NO_CONVERSATION') return 'exited'
    throw error
  }
}

describe.each(programsOfTheDay)('$name $version, killed', (program) => {
  // what is handed to Gemini CLI while it works is refused
  const takesMore = program.name !== 'gemini'

  it.skipIf(!program.isHere)(
    `goes on with its conversation, ${rounds} of ${rounds} times, at rest and at work`,
    async () => {
      await using room = await openRoom(program)
      const { agent: first, brief } = await room.begin('Remember this. <<text I do>>')
      let agent = first
      await agent.until(['idle'])
      const isKept = async (): Promise<boolean> =>
        (await room.adapter.conversation(agent.handle)) === 'present'
      await waitFor(() => 'the conversation is on the disk', isKept)
      for (let round = 0; round < rounds; round += 1) {
        const isAtWork = round % 2 === 1
        if (isAtWork) {
          await agent.submit(messageOf('<<slow 30>>'))
          await agent.until(['working'])
        }
        if (takesMore || !isAtWork) await agent.submit(messageOf(`before kill ${round}`))
        await kill(agent)
        agent = await resume(room, agent)
        await agent.until(['idle'])
        const after = messageOf(`after kill ${round}`)
        await agent.submit(after)
        expect((await agent.atModel(after.token)).opening.trim()).toBe(brief)
        await agent.until(['idle'])
      }
    },
    rounds * minutesPerRound * 60_000,
  )

  it.skipIf(!program.isHere)(
    `in its first turn has a conversation that it can go on with, or says that it has none, ${firstTurns} times`,
    async () => {
      await using room = await openRoom(program)
      for (let round = 0; round < firstTurns; round += 1) {
        const { agent } = await room.begin('Begin. <<text I do>>')
        await agent.until(round % 2 === 0 ? ['idle'] : ['working', 'idle'])
        await kill(agent)
        const presence = await room.adapter.conversation(agent.handle)
        const state = await resumed(room, agent)
        expect([presence, state]).toEqual(presence === 'present' ? ['present', 'idle'] : ['absent', 'exited'])
      }
    },
    firstTurns * minutesPerRound * 60_000,
  )
})
