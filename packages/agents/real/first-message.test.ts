import { describe, expect, it } from 'vitest'
import { messageOf } from './agent.ts'
import { isSlice, programsOfTheDay } from './programs.ts'
import { openRoom, type Room } from './room.ts'

const rounds = isSlice ? 1 : 8
/** Agents that start beside each other: the more, the longer each takes between its first sign of life and its brief. */
const atOnce = 3
const minutesPerRound = 4

async function firstMessage(room: Room): Promise<void> {
  const { agent } = await room.begin('Wait.')
  await agent.until(['idle', 'working'])
  const message = messageOf('How far are you?')
  await agent.submit(message)
  await agent.atModel(message.token)
  expect(agent.arrivals(message.token)).toHaveLength(1)
  await agent.kill()
}

describe.each(programsOfTheDay)('the first message to $name $version', (program) => {
  it.skipIf(!program.isHere)(
    `arrives behind the brief, once, while ${atOnce} start at the same time, ${rounds * atOnce} times`,
    async () => {
      await using room = await openRoom(program)
      for (let round = 0; round < rounds; round += 1)
        await Promise.all(Array.from({ length: atOnce }, () => firstMessage(room)))
    },
    rounds * minutesPerRound * 60_000,
  )
})
