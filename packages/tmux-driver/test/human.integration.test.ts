import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { PaneId, PasteOptions } from '../src/index.ts'
import { callEverything } from './call-everything.ts'
import { type Human, seatHuman } from './human.ts'
import { openWorkRoom, type WorkRoom } from './work-room.ts'

let room: WorkRoom
let human: Human

beforeEach(async () => {
  room = await openWorkRoom()
  human = await seatHuman(room)
})

afterEach(async () => {
  await human[Symbol.asyncDispose]()
  await room[Symbol.asyncDispose]()
})

const eventually = <T>(read: () => T) => expect.poll(read, { timeout: 20_000 })

describe('a human who is attached at 200 × 50', () => {
  it('keeps size, window, layout and sight while every method of the driver is called', async () => {
    const before = [await human.describe(), await human.screen()]
    const missing = await callEverything(room.tmux, { human: human.ids, directory: room.directory })
    expect(missing).toEqual([])
    expect([await human.describe(), await human.screen()]).toEqual(before)
  })

  it('takes in what a program writes, in a window whose size stays', async () => {
    await room.tmux.paste(human.ids.pane, 'hello human')
    await eventually(() => human.screen()).toContain('hello human')
    expect(await human.describe()).toEqual([expect.stringContaining('client 200x50 window 200x50')])
  })
})

describe('a human in copy mode, scrolled up', () => {
  it('is not disturbed by captures, lists, waits, a watch, and input to other panes', async () => {
    const { tmux, work, directory } = room
    const { pane } = human.ids
    await human.press('C-b', '[')
    await eventually(() => human.describe()).toEqual([expect.stringContaining('copy-mode 0 ')])
    // Keys that come within a millisecond of each other are taken for a paste.
    for (const scrolled of [48, 96, 144]) {
      await human.press('PageUp')
      await eventually(() => human.describe()).toEqual([expect.stringContaining(`copy-mode ${scrolled} `)])
    }
    await room.tmux.waitFor(work.pane, { quietMs: 100 })
    const before = [await human.describe(), await human.screen()]
    const stop = new AbortController()
    const watching = (async () => {
      for await (const _ of tmux.watch({ intervalMs: 10, signal: stop.signal }));
    })().catch((error: unknown) => expect(error).toBe(stop.signal.reason))
    const { window, ...behind } = await tmux.newWindow({ session: human.ids.session, command: ['cat', '-'] })
    for (let round = 0; round < 20; round += 1) {
      expect(await tmux.capture(pane, { lines: round % 2 === 0 ? 'all' : 20, join: true })).toMatchObject({
        inMode: true,
      })
      await tmux.captureMany('all', { lines: 'all', attributes: true })
      await tmux.list({ fields: ['pane', 'inMode', 'command', 'path', 'cursorX', 'dead'] })
      for (const other of [work.pane, behind.pane]) await write(other)
      await tmux.waitFor(work.pane, { quietMs: 20 })
    }
    await tmux.pipe(pane, `${directory}/log`)
    await tmux.stopPipe(pane)
    await tmux.setOption(pane, '@seen', 'yes')
    for (const outcome of await Promise.allSettled(inputs(pane)))
      expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'PANE_IN_MODE' } })
    await tmux.killWindow(window)
    stop.abort(new Error('enough'))
    await watching
    expect([await human.describe(), await human.screen()]).toEqual(before)
    await human.press('q')
    await eventually(() => human.screen()).toContain('the human’s own pane')
  })
})

function inputs(pane: PaneId): readonly Promise<void>[] {
  const { tmux } = room
  const raw: PasteOptions = { bracketed: false, sanitize: false }
  return [
    tmux.paste(pane, 'a'),
    tmux.paste(pane, 'b'.repeat(9000), raw),
    tmux.type(pane, 'c'),
    tmux.keys(pane, 'q'),
  ]
}

async function write(pane: PaneId): Promise<void> {
  await room.tmux.paste(pane, 'pasted\n', { bracketed: false })
  await room.tmux.type(pane, 'typed')
  await room.tmux.keys(pane, 'Enter')
  await room.tmux.bytes(pane, Buffer.from('bytes\n'))
}
