import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type PaneId, type SessionId, Tmux } from '../src/index.ts'
import { startReceiver } from './receiver.ts'
import { buildProgram } from './run-program.ts'
import { openWorkRoom, type WorkRoom } from './work-room.ts'

let room: WorkRoom

beforeEach(async () => {
  room = await openWorkRoom()
})

afterEach(() => room[Symbol.asyncDispose]())

const open = (): Promise<Tmux> => Tmux.open({ socket: { path: room.tmux.server.socketPath } })
const eventually = <T>(read: () => T) => expect.poll(read, { timeout: 20_000 })

it('a driver in a pane of another server has a server of its own, and can use the one around it', async () => {
  const { tmux, directory, work } = room
  await using program = await buildProgram(new URL('programs/nested.ts', import.meta.url))
  await tmux.newWindow({
    session: work.session,
    command: [process.execPath, program.path, directory],
    remainOnExit: true,
  })
  await eventually(() => readFile(join(directory, 'done'), 'utf8').catch(() => 'not yet')).toBe('')
  const facts = JSON.parse(await readFile(join(directory, 'facts.part'), 'utf8'))
  expect(facts).toEqual({
    tmux: expect.stringContaining(`${tmux.server.socketPath},${tmux.server.pid},`),
    seen: expect.stringMatching(new RegExp(`^<${directory}/own,${facts.pids[0]},\\d+ ${facts.pane}>$`)),
    pane: expect.stringMatching(/^%\d+$/),
    pids: [expect.any(Number), tmux.server.pid],
    outerSessions: ['work', 'work'],
    ownSessions: ['inside'],
    inherited: [],
  })
  expect(facts.pids[0]).not.toBe(tmux.server.pid)
})

/** Makes windows, marks them and pastes into them, all at once. */
async function workIn(tmux: Tmux, session: SessionId, who: string): Promise<readonly PaneId[]> {
  const { directory } = room
  const names = Array.from({ length: 10 }, (_, index) => `${who}-${index}`)
  return await Promise.all(
    names.map(async (name) => {
      const receiver = await startReceiver(tmux, { session, directory, name })
      const { pane } = receiver
      await tmux.setOption(pane, '@owner', name)
      await Promise.all([1, 2, 3].map(() => tmux.paste(pane, `${name} `.repeat(1000), { bracketed: false })))
      expect((await tmux.raw(['display-message', '-p', '-t', pane, '#{@owner}'])).lines).toEqual([name])
      await eventually(async () => (await receiver.received()).toString()).toBe(`${name} `.repeat(3000))
      return pane
    }),
  )
}

it('two drivers work in one server at once, and neither takes what is the other’s', async () => {
  const { tmux, work } = room
  await using other = await open()
  const theirs = await other.newSession({ name: 'theirs', command: ['cat', '-'] })
  const [ours, foreign] = await Promise.all([
    workIn(tmux, work.session, 'ours'),
    workIn(other, theirs.session, 'theirs'),
  ])
  const fields = ['session', 'pane', '@owner'] as const
  const rows = await tmux.list({ fields })
  expect(await other.list({ fields })).toEqual(rows)
  const owned = (session: SessionId): readonly PaneId[] =>
    rows.filter((row) => row.session === session && row['@owner'] !== '').map((row) => row.pane)
  expect([owned(work.session).length, owned(theirs.session).length]).toEqual([10, 10])
  expect(new Set(owned(work.session))).toEqual(new Set(ours))
  expect(new Set(owned(theirs.session))).toEqual(new Set(foreign))
  expect((await tmux.raw(['list-buffers'])).lines).toEqual([])
})

it('a driver whose client is killed takes nothing of the other with it', async () => {
  const { tmux, work } = room
  await using other = await open()
  const clients = async (): Promise<readonly string[]> =>
    (await tmux.raw(['list-clients', '-F', '#{client_pid} #{session_name}'])).lines
  const own = (await other.raw(['display-message', '-p', '#{client_pid}'])).lines[0] ?? ''
  expect(await clients()).toHaveLength(2)
  const sends = Array.from({ length: 200 }, (_, n) => tmux.raw(['display-message', '-p', String(n)]))
  const lost = once(other.events, 'server:lost')
  process.kill(Number(own), 'SIGKILL')
  expect((await Promise.all(sends)).map(({ lines }) => lines[0])).toEqual(
    Array.from({ length: 200 }, (_, n) => String(n)),
  )
  await lost
  await eventually(clients).toHaveLength(1)
  const sessions = async (): Promise<number> => (await tmux.raw(['list-sessions'])).lines.length
  await eventually(sessions).toBe(2)
  expect(tmux.processesStarted).toBe(1)
  expect(await other.list({ fields: ['pane'] })).toEqual([{ pane: work.pane }])
  expect(other.server).toEqual(tmux.server)
})
