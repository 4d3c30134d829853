import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type Agent, messageOf, newToken, waitFor } from './agent.ts'
import { claudes, type RealProgram } from './programs.ts'
import { type OpenRoomOptions, openRoom, type Room } from './room.ts'
import { watchedIo } from './watched-io.ts'

/** What the model does, and what the agent says of it. */
const errors: readonly (readonly [string, string])[] = [
  ['<<429 1>>', 'rate_limit'],
  ['<<401>>', 'authentication_failed'],
  ['<<403>>', 'authentication_failed'],
  ['<<500>>', 'server_error'],
  ['<<529>>', 'server_error'],
  ['<<credit>>', 'billing_error'],
  ['<<drop>>', 'server_error'],
  ['<<raw 400 {"type":"error","error":{"type":"invalid_request_error","message":"odd"}}>>', 'unknown'],
  ['<<toolong>>', 'invalid_request'],
]

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

describe.each(claudes)('the state of Claude Code $version', (program) => {
  it.skipIf(!program.isHere)('is starting, idle, working, and idle again', async () => {
    const { room, agent } = await begin(program)
    await using _ = room
    expect((await agent.activity()).state).toBe('starting')
    expect(await agent.until(['idle'])).toMatchObject({ source: 'status-file' })
    await say(agent, '<<slow 3>>')
    expect(await agent.until(['working'])).toMatchObject({ source: 'status-file' })
    expect(await agent.until(['idle'])).toMatchObject({ source: 'status-file' })
    await say(agent, '<<429 1 1>> <<text after all>>')
    await agent.until(['working'])
    expect(await agent.until(['idle', 'error'])).toMatchObject({ state: 'idle' })
  })

  it.skipIf(!program.isHere)(
    'is an error of its kind when a turn fails, until the next turn is well',
    async () => {
      const { room, agent } = await begin(program)
      await using _ = room
      await agent.until(['idle'])
      for (const [script, kind] of errors) {
        await say(agent, script)
        expect(await agent.until(['error', 'limited']), script).toMatchObject({
          state: 'error',
          detail: kind,
        })
      }
      await say(agent, '<<text all is well>>')
      await agent.until(['idle'])
    },
  )

  it.skipIf(!program.isHere)(
    'is a permission prompt or a question while one is open, which takes no message',
    async () => {
      const { room, agent } = await begin(program)
      await using _ = room
      await agent.until(['idle'])
      const canary = join(room.home, 'canary')
      const asked = [
        [`<<bash touch ${canary}>>`, ['blocked-permission']],
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
    },
  )

  it.skipIf(!program.isHere)('is exited after a kill, whatever its files say', async () => {
    const { room, agent } = await begin(program)
    await using _ = room
    await agent.until(['idle'])
    process.kill(agent.handle.pid, 'SIGKILL')
    expect(await agent.until(['exited'])).toMatchObject({ source: 'process' })
    await agent.untilDead()
    expect(await readdir(join(room.home, '.claude', 'sessions'))).toContain(`${agent.handle.pid}.json`)
    expect(await agent.send('hello')).toMatchObject({ status: 'refused', reason: 'dead-pane' })
  })
})
