import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type PaneId, Tmux, type UserOptions } from '../src/index.ts'
import { type TemporaryServer, temporaryServer } from '../src/testing.ts'
import { takeOutput, textOf } from './taking.ts'

let server: TemporaryServer
let tmux: Tmux

beforeEach(async () => {
  server = await temporaryServer()
  tmux = server.tmux
})

afterEach(() => server[Symbol.asyncDispose]())

const command = ['cat', '-']
const options: UserOptions = { '@of': 'the window; #{pid}' }
const paneOptions: UserOptions = { '@own': 'the pane' }

/** What stands on a pane and its window, and on no other of the server. */
async function marks(pane: PaneId): Promise<unknown> {
  const rows = await tmux.list({ fields: ['pane', 'window', 'command', '@of', '@own'] })
  const own = rows.find((row) => row.pane === pane)
  const remains = await Promise.all(rows.map((row) => remainsOnExit(row.pane)))
  const others = rows.filter((row, at) => row.pane !== pane && (row['@own'] !== '' || remains[at] === 'on'))
  const windows = rows.filter((row) => row.window !== own?.window && row['@of'] !== '')
  return { of: own?.['@of'], own: own?.['@own'], remains: await remainsOnExit(pane), others, windows }
}

async function remainsOnExit(pane: PaneId): Promise<string | undefined> {
  return (await tmux.raw(['show-options', '-p', '-v', '-t', pane, 'remain-on-exit'])).lines[0]
}

const marked = { own: 'the pane', remains: 'on', others: [], windows: [] }

describe.each([
  'new-window -n hooked',
  'new-window -d -n hooked',
  'split-window',
  'split-window -b -h',
  'new-window -n hooked ; split-window -d',
])('a hook of the user that runs %j', (hook) => {
  it('takes neither ids nor marks of a new window', async () => {
    const { session } = await tmux.newSession({ name: 'work', command })
    await tmux.raw(['set-hook', '-g', 'after-new-window', hook])
    const made = await tmux.newWindow({
      session,
      name: 'mine',
      command,
      remainOnExit: true,
      options,
      paneOptions,
    })
    const rows = await tmux.list({ fields: ['pane', 'window', 'windowName'] })
    expect(rows).toContainEqual({ ...made, windowName: 'mine' })
    expect(await marks(made.pane)).toEqual({ ...marked, of: 'the window; #{pid}' })
  })

  it('takes neither ids nor marks of a new session', async () => {
    await tmux.raw(['set-hook', '-g', 'after-new-session', hook])
    const { session, window, pane } = await tmux.newSession({
      name: 'work',
      command,
      remainOnExit: true,
      options: { '@session': 'it' },
      windowOptions: options,
      paneOptions,
    })
    expect(await tmux.list({ fields: ['pane', 'window', 'session'] })).toContainEqual({
      session,
      window,
      pane,
    })
    expect(await marks(pane)).toEqual({ ...marked, of: 'the window; #{pid}' })
    expect(await tmux.getOption(session, '@session')).toBe('it')
  })

  it('takes neither ids nor marks of a new pane', async () => {
    const { pane: beside } = await tmux.newSession({ name: 'work', command })
    await tmux.raw(['set-hook', '-g', 'after-split-window', hook])
    const { pane } = await tmux.newPane({ beside, command, remainOnExit: true, options: paneOptions })
    expect(await marks(pane)).toEqual({ ...marked, of: '' })
  })
})

describe.each([
  'split-window',
  'split-window -b -h',
  'new-window -n hooked',
  'new-window -b -t :^ -n hooked',
])('a hook of the user for new sessions that runs %j', (hook) => {
  it('leaves the driver its own pane, and takes nothing of what it prints', async () => {
    const { session, pane } = await tmux.newSession({ name: 'work', command })
    await tmux.raw(['set-hook', '-g', 'after-new-session', hook])
    const socket = { path: server.socketPath }
    await using other = await Tmux.open({ socket })
    const [own = ''] = (await other.raw(['display-message', '-p', '#{client_session}'])).lines
    const format = '#{@tmo_anchor_pane} #{pane_id} #{window_name} #{pane_start_command}'
    const { lines } = await tmux.raw(['list-panes', '-s', '-t', `=${own}:`, '-F', format])
    const marked = lines.map((line) => line.split(' ')).filter(([mark, id]) => mark === id)
    expect(marked.map(([, , name]) => name)).toEqual(['anchor'])
    expect(lines.length).toBe(2)
    const taking = takeOutput(other, 'all')
    await expect.poll(() => taking.of('screen', pane).length, { timeout: 20_000 }).toBe(1)
    await tmux.bytes(pane, Buffer.from('seen'))
    await expect.poll(() => textOf(taking, pane), { timeout: 20_000 }).toContain('seen')
    await taking.stop()
    const made = await other.newSession({ name: 'next', command })
    expect((await other.list({ fields: ['pane'] })).map((row) => row.pane)).toContain(made.pane)
    expect(await other.killSession(session)).toBe(true)
    expect([tmux.isConnected, other.isConnected]).toEqual([true, true])
  })
})
