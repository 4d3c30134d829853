import { once } from 'node:events'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Tmux } from '../src/index.ts'
import { type Human, seatHuman } from './human.ts'
import { openWorkRoom, type WorkRoom } from './work-room.ts'

let room: WorkRoom

beforeEach(async () => {
  room = await openWorkRoom()
})

afterEach(() => room[Symbol.asyncDispose]())

const eventually = <T>(read: () => T) => expect.poll(read, { timeout: 20_000 })

/** Sessions that somebody looks at who is no driver. */
async function seen(): Promise<readonly string[]> {
  const { lines } = await room.tmux.raw(['list-clients', '-F', '#{client_control_mode} #{session_name}'])
  return lines.filter((line) => line.startsWith('0')).map((line) => line.slice(2))
}

describe('a person on a server that keeps clients whose session ended', () => {
  let human: Human
  let others: readonly Tmux[]

  beforeEach(async () => {
    await room.tmux.raw(['set-option', '-g', 'detach-on-destroy', 'off'])
    human = await seatHuman(room)
    const socket = { path: room.tmux.server.socketPath }
    others = [await Tmux.open({ socket }), await Tmux.open({ socket })]
  })

  afterEach(async () => {
    await human[Symbol.asyncDispose]()
    for (const other of others) await other.close()
  })

  it('never stays in an anchor session: is sent on to another session, or away when there is none', async () => {
    const { tmux, work } = room
    expect(await seen()).toEqual(['human'])
    await tmux.killSession(human.ids.session)
    await eventually(seen).toEqual(['work'])
    await tmux.killSession(work.session)
    await eventually(seen).toEqual([])
    for (const handle of [tmux, ...others])
      expect([handle.isConnected, handle.processesStarted]).toEqual([true, 1])
  })
})

it('a handle whose anchor session is ended is lost and comes back, whatever the options of the server', async () => {
  const { tmux, work } = room
  await tmux.raw(['set-option', '-g', 'detach-on-destroy', 'off'])
  await using other = await Tmux.open({ socket: { path: tmux.server.socketPath } })
  const [anchor = ''] = (await other.raw(['display-message', '-p', '#{client_session}'])).lines
  const lost = once(other.events, 'server:lost')
  await tmux.raw(['kill-session', '-t', `=${anchor}`])
  await lost
  expect(await other.list({ fields: ['pane'] })).toEqual([{ pane: work.pane }])
  expect(other.server).toEqual(tmux.server)
})
