import { describe, expect, it } from 'vitest'
import { waitFor } from './agent.ts'
import { isSlice, programs } from './programs.ts'
import { openRoom } from './room.ts'

const rounds = isSlice ? 2 : 20
const minutesPerRound = 6

describe.each(programs)('$name $version', (program) => {
  it.skipIf(!program.isHere)('is ready without a question, and says so', async () => {
    await using room = await openRoom(program)
    expect(await room.adapter.detect({ project: room.project })).toMatchObject({
      status: 'ready',
      version: program.version,
    })
  })

  it.skipIf(!program.isHere)(
    `starts by itself, and its brief is at the model, ${rounds} of ${rounds} times`,
    async () => {
      await using room = await openRoom(program)
      for (let round = 0; round < rounds; round += 1) {
        const text = `You are developer ${round}.\nRead the task, then begin: <<text begun>>`
        const { agent, token, brief } = await room.begin(text)
        expect((await agent.atModel(token)).userText).toBe(brief)
        await agent.until(['idle'])
        const query = { ...agent.handle, token }
        expect(await room.adapter.findToken(query)).toBe('present')
        const isKept = async (): Promise<boolean> => (await room.adapter.conversation(query)) === 'present'
        await waitFor(() => 'the conversation is on the disk', isKept)
        const asked = room.model
          .requests()
          .filter(({ inputs }) => inputs.some((input) => input.includes(token)))
        expect(asked.filter(({ purpose }) => purpose === 'turn')).toHaveLength(1)
        await agent.kill()
      }
    },
    rounds * minutesPerRound * 60_000,
  )
})
