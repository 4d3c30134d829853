import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { PaneId, WindowId } from '../src/index.ts'
import { type Taking, takeOutput, textOf } from './taking.ts'
import { openWorkRoom, type WorkRoom } from './work-room.ts'

let room: WorkRoom
let taking: Taking | undefined
let built = 0

beforeAll(async () => {
  room = await openWorkRoom()
})

afterEach(async () => {
  await taking?.stop()
  taking = undefined
})

afterAll(async () => {
  await room[Symbol.asyncDispose]()
})

const eventually = <T>(read: () => T) => expect.poll(read, { timeout: 10_000 })

interface Place {
  readonly pane: PaneId
  readonly window: WindowId
}

/** Where the pane is that is taken, one beside it, one in a window of its own, and another session. */
interface Moving {
  readonly own: Place
  readonly beside: Place
  readonly alone: Place
  readonly session: string
}

const moves: Record<string, (at: Moving) => readonly (readonly string[])[]> = {
  'break-pane': ({ own }) => [['break-pane', '-d', '-s', own.pane, '-t', 'work:']],
  'break-pane of a pane that is alone': ({ alone, session }) => [
    ['break-pane', '-d', '-s', alone.pane, '-t', `${session}:`],
  ],
  'break-pane and back': ({ own, beside }) => [
    ['break-pane', '-d', '-s', own.pane, '-t', 'work:'],
    ['join-pane', '-d', '-s', own.pane, '-t', beside.pane],
  ],
  'join-pane': ({ own, alone }) => [['join-pane', '-d', '-s', own.pane, '-t', alone.pane]],
  'join-pane of a pane that is alone': ({ own, alone }) => [
    ['join-pane', '-d', '-s', alone.pane, '-t', own.pane],
  ],
  'swap-pane': ({ own, alone }) => [['swap-pane', '-d', '-s', own.pane, '-t', alone.pane]],
  'swap-window': ({ own, session }) => [['swap-window', '-d', '-s', own.window, '-t', `${session}:^`]],
  'move-window': ({ own, session }) => [['move-window', '-d', '-s', own.window, '-t', `${session}:`]],
  'move-window of the people’s own link': ({ own, session }) => [
    ['move-window', '-d', '-s', `work:${own.window}`, '-t', `${session}:`],
  ],
  'kill-session of another that holds it too': ({ own, session }) => [
    ['link-window', '-d', '-s', own.window, '-t', `${session}:`],
    ['kill-session', '-t', `${session}:`],
  ],
}

async function build(): Promise<Moving> {
  const { tmux, work } = room
  built += 1
  const command = ['cat', '-']
  const own = await tmux.newWindow({ session: work.session, command })
  const beside = await tmux.newPane({ beside: own.pane, command })
  const alone = await tmux.newWindow({ session: work.session, command })
  const other = await tmux.newSession({ name: `other-${built}`, command })
  return { own, beside: { pane: beside.pane, window: own.window }, alone, session: other.session }
}

describe.each(['those panes', 'all'])('output of %s goes on after', (what) => {
  it.each(Object.keys(moves))('%s', { timeout: 30_000 }, async (name) => {
    const { tmux } = room
    const at = await build()
    const panes = [at.own.pane, at.alone.pane]
    const taken = takeOutput(tmux, what === 'all' ? 'all' : panes)
    taking = taken
    const said = (text: string): Promise<void> =>
      Promise.all(panes.map((pane) => eventually(() => textOf(taken, pane)).toContain(text))).then(() => {})
    const say = (text: string): Promise<unknown> => Promise.all(panes.map((pane) => tmux.type(pane, text)))
    await eventually(() => new Set(taken.of('screen').map(({ pane }) => pane)).size).toBeGreaterThanOrEqual(2)
    await say('before')
    await said('before')
    for (const argv of moves[name]?.(at) ?? []) await tmux.raw(argv)
    // What is typed at once is on a screen, or among the bytes; what comes after it among the bytes that follow.
    for (const word of [' at once', ' later', ' in the end']) {
      await say(word)
      await said(word)
    }
    for (const pane of panes) {
      expect(textOf(taken, pane)).toContain('before at once later in the end')
      expect(taken.of('missed', pane)).toHaveLength(taken.of('screen', pane).length - 1)
    }
    expect(panes.flatMap((pane) => taken.of('closed', pane))).toEqual([])
    expect(taken.of('lost')).toEqual([])
  })
})

it('output of one pane goes on after it moved beside one that nobody takes, and back', {
  timeout: 30_000,
}, async () => {
  const { tmux } = room
  const { own, beside, alone } = await build()
  const taken = takeOutput(tmux, own.pane)
  taking = taken
  await eventually(() => taken.of('screen')).toHaveLength(1)
  let expected = ''
  for (const [at, to] of [alone.pane, beside.pane, alone.pane].entries()) {
    await tmux.raw(['join-pane', '-d', '-s', own.pane, '-t', to])
    await tmux.type(own.pane, `word${at} `)
    expected += `word${at} `
    await eventually(() => textOf(taken, own.pane)).toContain(expected.trimEnd())
  }
  expect(taken.of('closed')).toEqual([])
})
