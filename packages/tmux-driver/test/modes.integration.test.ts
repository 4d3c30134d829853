import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { isTmuxError, type PaneId } from '../src/index.ts'
import { type Receiver, startReceiver } from './receiver.ts'
import { openWorkRoom, type WorkRoom } from './work-room.ts'

let room: WorkRoom
let receiver: Receiver

beforeEach(async () => {
  room = await openWorkRoom()
  const { tmux, directory, work } = room
  receiver = await startReceiver(tmux, { session: work.session, directory, name: 'program' })
})

afterEach(() => room[Symbol.asyncDispose]())

const failure = (code: Parameters<typeof isTmuxError>[1]): unknown =>
  expect.toSatisfy((error: unknown) => isTmuxError(error, code), code)

async function modeOf(pane: PaneId): Promise<string | undefined> {
  const format = '#{pane_mode}'
  return (await room.tmux.raw(['display-message', '-p', '-t', pane, format])).lines[0]
}

describe.each([
  ['copy-mode', ['copy-mode']],
  ['view-mode', ['run-shell', 'echo seen']],
  ['clock-mode', ['clock-mode']],
  ['tree-mode', ['choose-tree']],
  ['client-mode', ['choose-client']],
  ['options-mode', ['customize-mode']],
])('a pane in %s', (mode, [command = '', ...rest]) => {
  it('takes no input until leaveMode(), and then takes it as ever', async () => {
    const { tmux } = room
    const { pane } = receiver
    await tmux.raw([command, '-t', pane, ...rest])
    await expect.poll(() => modeOf(pane)).toBe(mode)
    await expect(tmux.paste(pane, 'a')).rejects.toEqual(failure('PANE_IN_MODE'))
    await expect(tmux.paste(pane, 'b'.repeat(10_000))).rejects.toEqual(failure('PANE_IN_MODE'))
    await expect(tmux.keys(pane, 'q')).rejects.toEqual(failure('PANE_IN_MODE'))
    await expect(tmux.type(pane, 'c')).rejects.toEqual(failure('PANE_IN_MODE'))
    await expect(tmux.bytes(pane, Uint8Array.of(65))).rejects.toEqual(failure('PANE_IN_MODE'))
    expect(await tmux.capture(pane)).toMatchObject({ inMode: true, text: expect.stringContaining('READY') })
    expect(await modeOf(pane)).toBe(mode)
    await tmux.leaveMode(pane)
    expect(await modeOf(pane)).toBe('')
    await tmux.leaveMode(pane)
    await tmux.paste(pane, 'after')
    await expect.poll(async () => (await receiver.received()).toString()).toBe('after')
  })
})

it('a pane in a mode within a mode is out of both after leaveMode()', async () => {
  const { tmux } = room
  const { pane } = receiver
  await tmux.raw(['copy-mode', '-t', pane])
  await tmux.raw(['clock-mode', '-t', pane])
  await tmux.leaveMode(pane)
  expect(await modeOf(pane)).toBe('')
})

it('leaveMode() keeps its place behind input that nobody awaited', async () => {
  const { tmux } = room
  const { pane } = receiver
  await tmux.raw(['copy-mode', '-t', pane])
  const pasting = tmux.paste(pane, 'c'.repeat(100_000))
  const leaving = tmux.leaveMode(pane)
  await expect(pasting).rejects.toEqual(failure('PANE_IN_MODE'))
  await leaving
  expect(await modeOf(pane)).toBe('')
})

it('a program that does not read holds up nobody, and gets all of it when it reads', async () => {
  const { tmux, work, directory } = room
  const script =
    'stty raw -echo; echo READY; while ! [ -e "$0/go" ]; do sleep 0.05; done; head -c 1000000 >"$0/late"; exit 5'
  const { pane } = await tmux.newWindow({
    session: work.session,
    command: ['sh', '-c', script, directory],
    remainOnExit: true,
  })
  await tmux.waitFor(pane, { text: 'READY' })
  const text = 'not read yet\n'.repeat(80_000).slice(0, 1_000_000)
  await tmux.paste(pane, text, { bracketed: false })
  await tmux.paste(receiver.pane, 'meanwhile')
  await expect.poll(async () => (await receiver.received()).toString()).toBe('meanwhile')
  expect(await tmux.capture(pane)).toMatchObject({ dead: false, inMode: false })
  await tmux.newWindow({ session: work.session, command: ['touch', `${directory}/go`] })
  expect(await tmux.waitFor(pane, { exit: true }, { timeoutMs: 60_000 })).toEqual({
    gone: false,
    status: 5,
    signal: undefined,
  })
  expect(await readFile(join(directory, 'late'), 'utf8')).toBe(text)
})
