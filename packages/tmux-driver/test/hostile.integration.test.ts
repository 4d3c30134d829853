import { expect, it } from 'vitest'
import { parsePaneId, type Tmux } from '../src/index.ts'
import { openHostileRoom } from './hostile-room.ts'
import { hostileBytes, hostileStrings } from './hostile-strings.ts'
import { startReceiver } from './receiver.ts'
import { openWorkRoom } from './work-room.ts'

it('a hundred hostile strings stay text in every place that takes one, and hit nothing else', async () => {
  await using room = await openHostileRoom()
  await room.check(hostileStrings(100, { seed: 7, ...room }))
  await room.expectUntouched()
})

it('a hundred hostile runs of bytes, few of them text, arrive as they are', async () => {
  await using room = await openWorkRoom()
  const { tmux, directory } = room
  const receiver = await startReceiver(tmux, { session: room.work.session, directory, name: 'bytes' })
  const runs = Array.from({ length: 100 }, (_, seed) => hostileBytes(seed, 1 + ((seed * 37) % 700)))
  for (const run of runs) await tmux.bytes(receiver.pane, run)
  const whole = Buffer.concat(runs)
  await expect.poll(async () => (await receiver.received()).length, { timeout: 20_000 }).toBe(whole.length)
  expect(Buffer.compare(await receiver.received(), whole)).toBe(0)
})

/** Every way in which text gets into a command. */
const nulls: Readonly<Record<string, (tmux: Tmux, text: string) => Promise<unknown>>> = {
  'a command’s argument': (tmux, text) => tmux.raw(['display-message', '-p', text]),
  'an option': (tmux, text) => tmux.setOption(parsePaneId('%1'), '@x', text),
  'an environment value': (tmux, text) => tmux.newSession({ name: 'new', env: { X: text } }),
  'a directory': (tmux, text) => tmux.newSession({ name: 'new', cwd: text }),
  'a program': (tmux, text) => tmux.newSession({ name: 'new', command: [text] }),
  'an argument': (tmux, text) => tmux.newSession({ name: 'new', command: ['cat', text] }),
  'typed text': (tmux, text) => tmux.type(parsePaneId('%1'), text),
  'a key': (tmux, text) => tmux.keys(parsePaneId('%1'), text),
  'a path': (tmux, text) => tmux.pipe(parsePaneId('%1'), `/tmp/${text}`),
}

it.each(Object.keys(nulls))('NUL in %s is refused before anything is sent', async (place) => {
  await using room = await openWorkRoom()
  const { tmux, work } = room
  expect(work.pane).toBe('%1')
  await expect(nulls[place]?.(tmux, 'a\0b')).rejects.toThrow(TypeError)
  expect(await tmux.hasSession('new')).toBeUndefined()
  expect((await tmux.capture(work.pane)).text.trim()).toBe('')
  expect(await tmux.getOption(work.pane, '@x')).toBeUndefined()
})
