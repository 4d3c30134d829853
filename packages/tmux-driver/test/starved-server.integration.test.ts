import { setTimeout } from 'node:timers/promises'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { isTmuxError, type PaneEvent } from '../src/index.ts'
import { openWorkRoom, type WorkRoom } from './work-room.ts'

let room: WorkRoom

beforeEach(async () => {
  room = await openWorkRoom()
})

afterEach(() => room[Symbol.asyncDispose]())

/** Keeps the server from running for longer than newer versions allow a format to take, at any place in what it does. */
async function starve(pid: number, rounds: number): Promise<void> {
  for (let round = 0; round < rounds; round += 1) {
    process.kill(pid, 'SIGSTOP')
    await setTimeout(110)
    process.kill(pid, 'SIGCONT')
    await setTimeout(5 + (round % 7))
  }
}

it('a server that is not let run for a while tells the whole, or that it gave up', {
  timeout: 120_000,
}, async () => {
  const { tmux, work } = room
  const extra = Array.from({ length: 20 }, () => ({ session: work.session, command: ['cat', '-'] }))
  const windows = await tmux.newWindows(extra)
  const panes = [work.pane, ...windows.flatMap((one) => (one.status === 'created' ? [one.pane] : []))]
  expect(panes).toHaveLength(21)
  const reading = panes[1] ?? work.pane
  await tmux.raw(['copy-mode', '-t', reading])
  let isOver = false
  const wrong: unknown[] = []
  let answers = 0
  const repeat = async (ask: () => Promise<void>): Promise<void> => {
    while (!isOver) {
      await ask().catch((error: unknown) => wrong.push(error))
      answers += 1
    }
  }
  const stop = new AbortController()
  const events: PaneEvent[] = []
  const watching = (async () => {
    for await (const event of tmux.watch({ intervalMs: 10, signal: stop.signal })) events.push(event)
  })().catch((error: unknown) => {
    if (!stop.signal.aborted) wrong.push(error)
  })
  const asking = [
    repeat(async () => void (await Promise.all(panes.map((pane) => tmux.capture(pane))))),
    repeat(async () => expect(await tmux.list({ fields: ['pane', 'title'] })).toHaveLength(panes.length)),
    repeat(async () => expect(await tmux.hasSession('work')).toBe(work.session)),
    repeat(async () => {
      const outcome = await tmux.keys(reading, 'C-z').catch((error: unknown) => error)
      expect(outcome).toSatisfy(
        (error) => isTmuxError(error, 'PANE_IN_MODE') || isTmuxError(error, 'TIMEOUT'),
      )
    }),
  ]
  await starve(tmux.server.pid, 100)
  isOver = true
  await Promise.all(asking)
  stop.abort()
  await watching
  expect(wrong).toEqual([])
  expect(answers).toBeGreaterThan(100)
  expect(events.filter(({ type }) => type === 'closed')).toEqual([])
  expect(await tmux.capture(reading)).toMatchObject({ inMode: true })
})
