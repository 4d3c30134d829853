import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type Agent, messageOf, newToken, waitFor } from './agent.ts'
import { claudes, ofTheDay, type RealProgram } from './programs.ts'
import { type OpenRoomOptions, openRoom, type Room } from './room.ts'
import { watchedIo } from './watched-io.ts'

const question = JSON.stringify({
  questions: [
    {
      question: 'Which one?',
      header: 'Pick',
      multiSelect: false,
      options: ['A', 'B'].map((label) => ({ label, description: label })),
    },
  ],
})

async function begin(
  program: RealProgram,
  options: OpenRoomOptions = {},
): Promise<{ room: Room; agent: Agent }> {
  const room = await openRoom(program, options)
  const agent = await room.launch({ brief: `[brief ${newToken('b')}] Wait.`, permissionMode: 'default' })
  return { room, agent }
}

async function say(agent: Agent, text: string): Promise<void> {
  expect(await agent.deliverPatiently(messageOf(text))).toMatchObject({ status: 'submitted' })
}

describe.each(ofTheDay(claudes))('the state of Claude Code $version', (program) => {
  it.skipIf(!program.isHere)(
    'is a permission prompt or a question while one is open, which takes no message',
    async () => {
      const { room, agent } = await begin(program)
      await using _ = room
      await agent.until(['idle'])
      const canary = join(room.home, 'canary')
      const asked = [
        [`<<bash touch ${canary}>>`, ['blocked-permission']],
        [`<<write ${canary} words>>`, ['blocked-permission']],
        // the older version calls its own question a permission prompt
        [`<<tool AskUserQuestion ${question}>>`, ['waiting-input', 'blocked-permission']],
      ] as const
      for (const [script, states] of asked) {
        await say(agent, script)
        expect((await agent.until(states)).source).toBe('status-file')
        expect(await agent.send('hello')).toMatchObject({ status: 'refused', reason: 'dialog' })
        await room.tmux.keys(agent.pane, 'Escape')
        await agent.until(['idle'])
      }
      expect(await readdir(room.home)).not.toContain('canary')
    },
  )

  it.skipIf(!program.isHere)(
    'is limited until the API’s instant, as exactly as the program tells it, also behind a question of its own',
    async () => {
      const subscriber = { ANTHROPIC_API_KEY: '', CLAUDE_CODE_OAUTH_TOKEN: 'dummy' }
      const { room, agent } = await begin(program, { env: subscriber })
      await using _ = room
      await agent.until(['idle'])
      const resetsAt = Math.floor(Date.now() / 1000) + 7_200
      await say(agent, `<<limit ${resetsAt}>>`)
      // the older version names the minute, and opens a question of its own at once
      const isOlder = program.version === '2.1.197'
      const toldAt = isOlder ? Math.floor(resetsAt / 60) * 60 : resetsAt
      const limited = { state: 'limited', resetAt: toldAt * 1_000 }
      expect(await agent.until(['limited'])).toMatchObject(limited)
      if (isOlder) {
        const isAsking = async (): Promise<boolean> =>
          (await agent.activity()).others.some(({ state }) => state === 'waiting-input')
        await waitFor(() => 'its question', isAsking, { describe: () => agent.screen() })
        expect(await agent.activity()).toMatchObject(limited)
      }
      const io = watchedIo(room.tmux)
      expect(await agent.send('hello', { tmux: io })).toMatchObject({ status: 'refused', reason: 'busy' })
      expect([io.pastes, io.presses]).toEqual([[], []])
      expect(await agent.closeLimitDialog()).toEqual(
        isOlder ? { status: 'closed', goesOn: false } : { status: 'absent' },
      )
      expect(await agent.activity()).toMatchObject(limited)
    },
  )

  it.skipIf(!program.isHere)('is exited once a person has told it to /exit', async () => {
    const { room, agent } = await begin(program)
    await using _ = room
    await agent.until(['idle'])
    await room.tmux.type(agent.pane, '/exit')
    const isTyped = async (): Promise<boolean> => /^❯\s\/exit/m.test(await agent.screen())
    await waitFor(() => 'the command', isTyped, { describe: () => agent.screen() })
    await room.tmux.keys(agent.pane, 'Enter')
    expect(await agent.until(['exited'])).toMatchObject({ source: 'process' })
    await agent.untilDead()
    expect(await agent.send('hello')).toMatchObject({ status: 'refused', reason: 'dead-pane' })
  })
})
