import { describe, expect, it } from 'vitest'
import { newToken, waitFor } from './agent.ts'
import { claudes, isSlice } from './programs.ts'
import { openRoom } from './room.ts'

const rounds = isSlice ? 2 : 20

describe.each(claudes)('Claude Code $version', (program) => {
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
        const token = newToken('b')
        const brief = `[brief ${token}] You are developer ${round}.\nRead the task, then begin: <<text begun>>`
        const agent = await room.launch({ brief })
        const request = await agent.atModel(token)
        expect(request.userText).toBe(brief)
        const activity = await agent.until(['idle'])
        expect(activity.source).toBe('status-file')
        const query = { ...agent.handle, token }
        expect(await room.adapter.findToken(query)).toBe('present')
        const isKept = async (): Promise<boolean> => (await room.adapter.conversation(query)) === 'present'
        await waitFor(() => 'the conversation is on the disk', isKept)
        const asked = room.model
          .requests()
          .filter(({ inputs }) => inputs.some((text) => text.includes(token)))
        expect(asked.filter(({ purpose }) => purpose === 'turn')).toHaveLength(1)
        await agent.kill()
      }
    },
  )
})
