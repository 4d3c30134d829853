import type { ChildProcess } from 'node:child_process'
import { expect, it } from 'vitest'
import type { Tmux } from '../src/index.ts'
import { hold } from './holding.ts'
import { buildProgram } from './run-program.ts'
import { takeOutput } from './taking.ts'
import { hasNamespaces, withoutSetpriv } from './without-setpriv.ts'
import { openWorkRoom } from './work-room.ts'

const limit = { timeout: 20_000 }
const held = new URL('programs/held.ts', import.meta.url)

async function rows(tmux: Tmux, ...formats: readonly string[]): Promise<readonly string[][]> {
  const { lines } = await tmux.raw(['list-panes', '-a', '-F', formats.join(' ')])
  return lines.map((line) => line.split(' '))
}

/** Kills a process and waits until its clients, which stay, are gone: a server that is told to end waits for such a one. */
async function end(holder: ChildProcess, tmux: Tmux): Promise<void> {
  holder.kill('SIGKILL')
  const left = async (): Promise<string> => (await rows(tmux, '#{@tmo_anchor_pid}')).flat().join('')
  await expect.poll(left, { timeout: 40_000 }).toBe('')
}

it.runIf(hasNamespaces)(
  'an anchor session whose own window has ended presses no key in a window that it holds, and ends',
  { timeout: 90_000 },
  async () => {
    await using program = await buildProgram(held)
    await using room = await openWorkRoom()
    const { tmux, work } = room
    await tmux.raw(['set-option', '-gw', 'monitor-silence', '1'])
    const words = [process.execPath, program.path, tmux.server.socketPath, 'output']
    const holder = await hold([...withoutSetpriv, ...words])
    const places = await rows(tmux, '#{session_id}', '#{pane_id}', '#{window_name}', '#{pane_pid}')
    const holds = places.find(([session, pane]) => pane === work.pane && session !== work.session)?.[0]
    const own = places.find(([session, , name]) => session === holds && name === 'anchor')
    expect(own).toBeDefined()
    process.kill(Number(own?.[3]))
    await expect.poll(async () => (await rows(tmux, '#{pane_id}')).flat(), limit).not.toContain(own?.[1])
    await tmux.bytes(work.pane, Buffer.from('x'))
    await expect.poll(async () => (await rows(tmux, '#{session_id}')).flat(), limit).not.toContain(holds)
    await expect.poll(async () => (await tmux.capture(work.pane)).text).toMatch(/^x/)
    expect((await tmux.capture(work.pane)).cursor).toMatchObject({ x: 1, y: 0 })
    await end(holder, tmux)
  },
)

it.runIf(hasNamespaces)(
  'an anchor session whose own window has ended ends at once, though no other window of it is listened to',
  { timeout: 90_000 },
  async () => {
    await using program = await buildProgram(held)
    await using room = await openWorkRoom()
    const { tmux, work } = room
    const words = [process.execPath, program.path, tmux.server.socketPath, 'output']
    const holder = await hold([...withoutSetpriv, ...words])
    const places = await rows(tmux, '#{session_id}', '#{pane_id}', '#{window_name}', '#{pane_pid}')
    const holds = places.find(([session, pane]) => pane === work.pane && session !== work.session)?.[0]
    const own = places.find(([session, , name]) => session === holds && name === 'anchor')
    expect(own).toBeDefined()
    holder.kill('SIGSTOP')
    process.kill(Number(own?.[3]))
    await expect.poll(async () => (await rows(tmux, '#{session_id}')).flat(), limit).not.toContain(holds)
    expect((await tmux.capture(work.pane)).cursor).toMatchObject({ x: 0, y: 0 })
    await end(holder, tmux)
  },
)

it.runIf(hasNamespaces)(
  'an anchor session whose own program has ended, and whose pane remains, presses no key and ends',
  { timeout: 90_000 },
  async () => {
    await using program = await buildProgram(held)
    await using room = await openWorkRoom()
    const { tmux, work } = room
    await tmux.raw(['set-option', '-gw', 'remain-on-exit', 'on'])
    const words = [process.execPath, program.path, tmux.server.socketPath, 'a handle']
    const holder = await hold([...withoutSetpriv, ...words])
    const places = await rows(tmux, '#{session_id}', '#{pane_id}', '#{pane_pid}', '#{@tmo_anchor_pid}')
    const own = places.find(([, , , watched]) => watched !== '') ?? []
    const [session, pane = '', pid] = own
    holder.kill('SIGSTOP')
    process.kill(Number(pid))
    const dead = async (): Promise<boolean> =>
      (await rows(tmux, '#{pane_id}#{pane_dead}')).flat().includes(`${pane}1`)
    await expect.poll(dead, limit).toBe(true)
    await tmux.raw(['set-option', '-w', '-t', pane, 'monitor-silence', '1'])
    await expect.poll(async () => (await rows(tmux, '#{session_id}')).flat(), limit).not.toContain(session)
    expect((await tmux.capture(work.pane)).cursor).toMatchObject({ x: 0, y: 0 })
    await end(holder, tmux)
  },
)

it.runIf(hasNamespaces)(
  'an anchor session looks after itself again and again, by keys to its own pane alone',
  { timeout: 90_000 },
  async () => {
    await using program = await buildProgram(held)
    await using room = await openWorkRoom()
    const { tmux, work } = room
    await tmux.raw(['set-option', '-gw', 'synchronize-panes', 'on'])
    const guest = await tmux.newWindow({ session: work.session, command: ['cat', '-'] })
    const words = [process.execPath, program.path, tmux.server.socketPath, 'a handle']
    const holder = await hold([...withoutSetpriv, ...words])
    const watched = '#{?@tmo_anchor_pid,#{@tmo_anchor_pane},}'
    const pane = (await rows(tmux, watched)).flat().find((own) => own !== '') ?? ''
    expect(pane).toMatch(/^%\d+$/)
    await tmux.raw(['join-pane', '-h', '-s', guest.pane, '-t', pane])
    await tmux.raw(['set-option', '-w', '-t', pane, 'monitor-silence', '1'])
    const line = async (of: string): Promise<number> =>
      Number((await tmux.raw(['display-message', '-p', '-t', of, '#{cursor_y}'])).lines[0])
    await expect.poll(() => line(pane), limit).toBeGreaterThan(2)
    await tmux.raw(['copy-mode', '-t', pane])
    const from = await line(pane)
    await expect.poll(() => line(pane), limit).toBeGreaterThan(from + 1)
    expect([await line(guest.pane), await line(work.pane)]).toEqual([0, 0])
    await end(holder, tmux)
  },
)

it('alert hooks of people hear nothing of anchor sessions', { timeout: 90_000 }, async () => {
  await using program = await buildProgram(held)
  await using room = await openWorkRoom()
  const { tmux, work } = room
  const kinds = ['silence', 'activity', 'bell']
  for (const kind of kinds) {
    const tell = `set-option -gaF @told '${kind}:#{hook_session_name} '`
    await tmux.raw(['set-hook', '-g', `alert-${kind}`, tell])
    await tmux.raw(['set-option', '-g', `${kind}-action`, 'any'])
  }
  await tmux.raw(['set-option', '-gw', 'monitor-activity', 'on'])
  await tmux.raw(['set-option', '-gw', 'monitor-silence', '1'])
  const taking = takeOutput(tmux, 'all')
  await expect.poll(() => taking.of('screen', work.pane).length, limit).toBe(1)
  const words = [process.execPath, program.path, tmux.server.socketPath, 'output']
  const holder = hasNamespaces ? await hold([...withoutSetpriv, ...words]) : undefined
  const told = async (): Promise<readonly string[]> => {
    const { lines } = await tmux.raw(['show-options', '-gqv', '@told'])
    return lines
      .join('')
      .split(' ')
      .filter((one) => one !== '')
  }
  // A window whose activity was told already, on a busy machine before this, is not told of again until somebody has seen it.
  const { length: opened } = await told()
  await tmux.bytes(work.pane, Buffer.from('\u0007\n'))
  const wanted = kinds.map((kind) => `${kind}:work`)
  await expect.poll(told, limit).toEqual(expect.arrayContaining(wanted))
  expect(wanted).toEqual(expect.arrayContaining((await told()).slice(opened)))
  await taking.stop()
  if (holder !== undefined) await end(holder, tmux)
})
