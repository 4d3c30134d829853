import { expect, it } from 'vitest'
import { parsePaneId } from './ids.ts'
import type { OutputEvent } from './output-events.ts'
import { parsePlaces } from './output-plan.ts'
import { OutputScreens } from './output-screens.ts'
import { OutputStream } from './output-stream.ts'
import type { Block } from './reply-reader.ts'
import type { Screen } from './screen.ts'
import type { LinkRequest, ServerLink } from './server-link.ts'
import { parseVersion } from './version.ts'

const pane = parsePaneId('%1')
const other = parsePaneId('%2')
const bothAlive = ['$0 @1 %1 0 0', '$0 @2 %2 0 0']
const otherDead = ['$0 @1 %1 0 0', '$0 @2 %2 0 1']

const block = (...lines: string[]): Block => ({ lines, failed: false })

const emptyScreen: Screen = { text: '', lines: [''], cursor: { x: 0, y: 0 }, inMode: false, dead: false }

/** A stream that takes a pane which a second one is behind in, and the replies in our hands. */
function build() {
  const requests: { readonly request: LinkRequest; readonly answer: () => void }[] = []
  const link = {
    version: parseVersion('tmux 3.3a'),
    server: { pid: 1, startedAt: 1 },
    run: (request: LinkRequest) =>
      new Promise<readonly Block[]>((resolve) => {
        requests.push({ request, answer: () => resolve([]) })
      }),
  } as unknown as ServerLink
  const quick = new OutputStream([pane], 1000)
  const slow = new OutputStream([pane], 1000)
  const screens = new OutputScreens({
    link,
    account: { loss: undefined, nextBuffer: () => 'b' },
    takers: () => [quick, slow],
    isSettled: () => true,
    pump: () => undefined,
    lookAgain: () => undefined,
  })
  const alive = parsePlaces(bothAlive)
  screens.discards.looked(alive)
  for (const stream of [quick, slow]) stream.settle(new Map(alive.map((place) => [place.pane, place])), true)
  const reply = async (...blocks: readonly Block[]) => {
    const next = requests.shift()
    next?.request.check?.(blocks)
    next?.answer()
    // What follows a reply runs in a few turns of promises.
    for (let turn = 0; turn < 5; turn += 1) await undefined
  }
  const output = (data: string, of = pane) => {
    screens.passed(of)
    if (of === pane) for (const stream of [quick, slow]) stream.take(pane, data)
  }
  quick.endSync(pane, quick.startSync(pane, { keeps: false }), emptyScreen)
  return { screens, slow, requests, reply, output }
}

function eventsOf({ queue }: OutputStream): readonly OutputEvent[] {
  const events: OutputEvent[] = []
  for (let event = queue.take(); event !== undefined; event = queue.take()) events.push(event)
  return events
}

const screenOf = (text: string) => [block(text), block('0 0 0 0')]

it('a screen whose reply came at once stands where it came', async () => {
  const { screens, slow, requests, reply } = build()
  screens.ask(slow, pane)
  await reply(...screenOf('a'))
  expect([slow.isFlowing(pane), requests]).toEqual([true, []])
})

it('one before which output of the pane came waits until it is known that the reply did not wait for another', async () => {
  const { screens, slow, reply, output } = build()
  screens.ask(slow, pane)
  output('before')
  await reply(...screenOf('a'))
  output('after')
  expect(slow.isFlowing(pane)).toBe(false)
  await reply(block(...bothAlive))
  expect(slow.isFlowing(pane)).toBe(true)
  expect(eventsOf(slow)).toMatchObject([{ type: 'screen' }, { type: 'bytes', bytes: Buffer.from('after') }])
})

it.each([
  ['the program of another ended, whose output the server threw away', () => undefined, otherDead],
  ['another is gone', () => undefined, bothAlive.slice(0, 1)],
  ['another was held', (screens: OutputScreens) => void screens.holds.hold(other), bothAlive],
  ['the server held another', (screens: OutputScreens) => screens.holds.said(other), bothAlive],
  ['windows changed', (screens: OutputScreens) => screens.discards.happened(), bothAlive],
])('has no place when %s meanwhile', async (_, meanwhile, places) => {
  const { screens, slow, requests, reply, output } = build()
  screens.ask(slow, pane)
  output('before or after')
  await reply(...screenOf('a'))
  meanwhile(screens)
  requests.splice(1)
  await reply(block(...places))
  expect([slow.isFlowing(pane), slow.isBehind(pane)]).toEqual([false, true])
})

it('counts what was kept for a screen that had no place as missed', () => {
  // The screen alone fills its buffer.
  const behind = new OutputStream([pane], 4)
  behind.settle(new Map([[pane, { isDead: false }]]), true)
  behind.endSync(pane, behind.startSync(pane, { keeps: false }), emptyScreen)
  for (const data of ['12345', '678']) behind.take(pane, data)
  const ticket = behind.startSync(pane, { keeps: false })
  behind.keepFrom(pane, ticket)
  behind.take(pane, '90')
  behind.endSync(pane, ticket, undefined)
  behind.endSync(pane, behind.startSync(pane, { keeps: false }), emptyScreen)
  expect(eventsOf(behind).filter(({ type }) => type === 'missed')).toMatchObject([{ bytes: 10 }])
})

it('has no place when output of another pane came last', async () => {
  const { screens, slow, requests, reply, output } = build()
  screens.ask(slow, pane)
  output('before or after')
  output('x', other)
  await reply(...screenOf('a'))
  expect([slow.isBehind(pane), requests]).toEqual([true, []])
})
