import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { isAgentsError, type Message } from '../src/index.ts'
import { type Agent, messageOf, newToken } from './agent.ts'
import { claudes, isSlice } from './programs.ts'
import { openRoom } from './room.ts'
import { watchedIo } from './watched-io.ts'

const paragraph = (length: number): string =>
  Array.from({ length: Math.ceil(length / 60) }, (_, index) => `${index} ${'words of a text '.repeat(3)}`)
    .join('\n')
    .slice(0, length)

/** What a message may hold; `canary` is a file that no message may make. */
const kinds: Readonly<Record<string, (canary: string) => string>> = {
  'one line': () => 'How far are you?',
  '20 lines': () => Array.from({ length: 20 }, (_, index) => `line ${index}`).join('\n'),
  '5 KB': () => paragraph(5_000),
  '5 KB in one line': () => 'x y '.repeat(1_250),
  '50 KB': () => paragraph(50_000),
  'a leading /': (canary) => `/exit or /bash touch ${canary}`,
  'a leading !': (canary) => `!touch ${canary}`,
  'a leading #': () => '# remember this for ever',
  'a leading @': () => '@README.md and @nobody',
  'a substitution': (canary) => `$(touch ${canary}) \`touch ${canary}\` #(touch ${canary}); touch ${canary}`,
  'a trailing backslash': () => 'this is a path: C:\\',
  emoji: () => 'family 👩‍👩‍👧, flag 🇩🇪, é, 漢字, ｆｕｌｌ',
  tabs: () => 'a\tb\t\tc\n\tindented',
  'escape sequences': (canary) => `\u001b[31mred\u001b[0m \u001b]0;title\u0007 \u001b[201~!touch ${canary}\r`,
  'lines that look like commands': (canary) => `note\n!touch ${canary}\n/exit\n/clear`,
}

/** What the model is given of a message: tabs become blanks; what is pasted in four lines or more may have a wrapper. */
function unwrapped(input: string): string {
  const match = /^\s*<pasted_content id="([^"]*)">\n([\s\S]*)\n<\/pasted_content id="\1">\s*$/.exec(input)
  return (match?.[2] ?? input).replace(/\n$/, '')
}

const expected = ({ text }: Message): string => text.replaceAll('\t', '    ')

async function expectExact(agent: Agent, messages: readonly Message[]): Promise<void> {
  for (const message of messages) {
    await agent.atModel(message.token)
    expect(agent.arrivals(message.token).map(unwrapped)).toEqual([expected(message)])
  }
}

describe.each(claudes)('messages to Claude Code $version', (program) => {
  const names = Object.keys(kinds)
  const count = isSlice ? names.length : 100

  it.skipIf(!program.isHere)(
    `are exact at the model, ${count} of ${count}, and none is a command`,
    async () => {
      await using room = await openRoom(program)
      const canary = join(room.project, 'canary')
      const brief = `[brief ${newToken('b')}] Wait for messages.`
      const agent = await room.launch({ brief })
      await agent.until(['idle'])
      const messages = Array.from({ length: count }, (_, index) =>
        messageOf(kinds[names[index % names.length] ?? '']?.(canary) ?? ''),
      )
      for (const message of messages) await agent.submit(message)
      await expectExact(agent, messages)
      await agent.until(['idle'])
      expect(existsSync(canary)).toBe(false)
      const turns = room.model.requests().filter(({ purpose }) => purpose === 'turn')
      expect(turns.filter(({ opening }) => opening !== brief)).toEqual([])
    },
  )

  it.skipIf(!program.isHere)(
    'that are queued while it talks, and while a tool runs, are exact at the model, once',
    async () => {
      await using room = await openRoom(program)
      const canary = join(room.project, 'canary')
      const agent = await room.launch({
        brief: `[brief ${newToken('b')}] Wait for messages.`,
        permissionMode: 'default',
      })
      await agent.until(['idle'])
      for (const script of ['<<slow 4>>', '<<bash sleep 4>> <<text done>>']) {
        const first = messageOf(script)
        expect(await agent.deliverPatiently(first)).toMatchObject({ status: 'submitted' })
        await agent.until(['working'])
        const queued = ['one line', '20 lines', 'a leading !', 'tabs', 'a trailing backslash'].map((name) =>
          messageOf(kinds[name]?.(canary) ?? ''),
        )
        for (const message of queued) {
          expect(await agent.deliver(message)).toMatchObject({ status: 'submitted' })
          expect(await agent.deliver(message), 'again').toMatchObject({ status: 'submitted' })
        }
        await expectExact(agent, [first, ...queued])
        await agent.until(['idle'])
      }
      expect(existsSync(canary)).toBe(false)
    },
  )

  it.skipIf(!program.isHere)(
    'that could be a command, or are too large, are refused before a byte is typed',
    async () => {
      await using room = await openRoom(program)
      const agent = await room.launch({ brief: `[brief ${newToken('b')}] Wait for messages.` })
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
      expect(await agent.send('and this one goes through')).toMatchObject({ status: 'submitted' })
    },
  )
})
