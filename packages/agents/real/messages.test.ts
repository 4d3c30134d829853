import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { isAgentsError, type Message } from '../src/index.ts'
import { type Agent, messageOf, newToken, waitFor } from './agent.ts'
import { messageKinds, messageOfKind } from './message-kinds.ts'
import { isSlice, programs, programsOfTheDay, type RealProgram } from './programs.ts'
import { openRoom, type Room } from './room.ts'
import { watchedIo } from './watched-io.ts'

const names = Object.keys(messageKinds)
const count = isSlice ? 10 : 100
const minutesPerMessage = 0.5

/** What the model is given of a message, and what it should be, where a program makes its own of it. */
interface Wording {
  given(input: string): string
  sent(text: string): string
}

const exact: Wording = { given: (input) => input, sent: (text) => text }

/** Tabs become blanks; what is pasted in four lines or more may have a wrapper. */
const wrapped: Wording = {
  given: (input) => {
    const match = /^\s*<pasted_content id="([^"]*)">\n([\s\S]*)\n<\/pasted_content id="\1">\s*$/.exec(input)
    return (match?.[2] ?? input).replace(/\n$/, '')
  },
  sent: (text) => text.replaceAll('\t', '    '),
}

/** What is pasted names neither a file nor an agent: Gemini CLI keeps a mark before each @. */
const marked: Wording = { ...exact, sent: (text) => text.replaceAll('@', '\\@') }

const wordings: Readonly<Record<string, Wording>> = { claude: wrapped, gemini: marked }

async function expectExact({ name }: RealProgram, agent: Agent, messages: readonly Message[]): Promise<void> {
  const { given, sent } = wordings[name] ?? exact
  for (const message of messages) {
    await agent.atModel(message.token)
    expect(agent.arrivals(message.token).map(given)).toEqual([sent(message.text)])
  }
}

/** Claude Code 2.1.197 now and then leaves a folded message in its box that it took, of which nobody can tell whose it is: a person clears it. */
async function submitOrClear(
  room: Room,
  agent: Agent,
  message: Message,
  { name, version }: RealProgram,
): Promise<void> {
  if (name !== 'claude' || version !== '2.1.197') return await agent.submit(message)
  const delivery = await agent.deliverPatiently(message, 15_000)
  if (delivery.status === 'submitted') return
  expect(delivery, await agent.screen()).toEqual({
    status: 'refused',
    reason: 'draft',
    detail: 'a folded paste stands in the box',
  })
  await agent.until(['idle'])
  await waitFor(
    () => 'an empty box',
    async () => {
      if ((await agent.boxText()) === '') return true
      await room.tmux.keys(agent.pane, 'C-u')
      return false
    },
    { describe: () => agent.screen() },
  )
  await agent.submit(message)
}

describe.each(programs)('messages to $name $version', (program) => {
  it.skipIf(!program.isHere)(
    `are exact at the model, ${count} of ${count}, and none is a command`,
    async () => {
      await using room = await openRoom(program)
      const canary = join(room.project, 'canary')
      const { agent, brief } = await room.begin('Wait for messages.')
      await agent.until(['idle'])
      const messages = Array.from({ length: count }, (_, index) =>
        messageOf(messageOfKind(names[index % names.length] ?? '', canary)),
      )
      for (const message of messages) await submitOrClear(room, agent, message, program)
      await expectExact(program, agent, messages)
      await agent.until(['idle'])
      expect(existsSync(canary)).toBe(false)
      const turns = room.model.requests().filter(({ purpose }) => purpose === 'turn')
      expect(turns.filter(({ opening }) => opening.trim() !== brief)).toEqual([])
    },
    count * minutesPerMessage * 60_000,
  )

  it.skipIf(!program.isHere)(
    'that could be a command, or are too large, are refused before a byte is typed',
    async () => {
      await using room = await openRoom(program)
      const { agent } = await room.begin('Wait for messages.')
      await agent.until(['idle'])
      const canary = join(room.project, 'canary')
      const io = watchedIo(room.tmux)
      for (const begin of ['!touch', '/exit', '#', '@', '  !touch', '\\', '-', '&', '?']) {
        const token = newToken()
        const text = `${begin} ${canary} ${token}`
        const refused = await agent.deliver({ token, text }, { tmux: io }).catch((error: unknown) => error)
        expect(isAgentsError(refused) && refused.code, begin).toBe('UNSAFE_MESSAGE')
      }
      const large = messageOf('x'.repeat(70_000))
      expect(await agent.deliver(large, { tmux: io })).toMatchObject({
        status: 'refused',
        reason: 'too-large',
      })
      expect([io.pastes, io.presses]).toEqual([[], []])
      expect(existsSync(canary)).toBe(false)
      await agent.submit(messageOf('and this one goes through'))
    },
  )
})

describe.each(programsOfTheDay)('messages to $name $version at work', (program) => {
  it.skipIf(!program.isHere)(
    'that are queued while it talks, and while a tool runs, are exact at the model, once',
    async () => {
      await using room = await openRoom(program)
      const canary = join(room.project, 'canary')
      const { agent } = await room.begin('Wait for messages.', { permissionMode: program.freeMode })
      await agent.until(['idle'])
      for (const script of ['<<slow 4>>', '<<bash sleep 4>> <<text done>>']) {
        const first = messageOf(script)
        await agent.submit(first)
        await agent.until(['working'])
        const queued = ['one line', '20 lines', 'a leading !', 'tabs', 'a trailing backslash'].map((name) =>
          messageOf(messageOfKind(name, canary)),
        )
        for (const message of queued) {
          await agent.submit(message)
          expect(await agent.deliver(message), 'again').toMatchObject({ status: 'submitted' })
        }
        await expectExact(program, agent, [first, ...queued])
        await agent.until(['idle'])
      }
      expect(existsSync(canary)).toBe(false)
    },
  )
})
