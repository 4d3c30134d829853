import { createHash } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { isTmuxError, type OutputOptions, type PaneId, Tmux } from '../src/index.ts'
import { type Taking, takeOutput, textOf } from './taking.ts'
import { openWorkRoom, type WorkRoom } from './work-room.ts'

let room: WorkRoom
let tmux: Tmux
let taking: Taking[]

beforeEach(async () => {
  room = await openWorkRoom()
  tmux = room.tmux
  taking = []
})

const take = (
  panes: PaneId | readonly PaneId[] | 'all',
  options: OutputOptions = {},
  from = tmux,
): Taking => {
  const one = takeOutput(from, panes, options)
  taking.push(one)
  return one
}

afterEach(async () => {
  for (const one of taking) await one.stop()
  await room[Symbol.asyncDispose]()
})

const eventually = <T>(read: () => T) => expect.poll(read, { timeout: 20_000 })

const run = async (script: string, ...args: string[]): Promise<PaneId> =>
  (
    await tmux.newWindow({
      session: room.work.session,
      command: ['sh', '-c', script, ...args],
      remainOnExit: true,
    })
  ).pane
/** A program that prints what it is told to, line by line. */
const shell = (): Promise<PaneId> =>
  run('stty -echo; printf READY; while read -r line; do eval "$line"; done')
const tell = async (pane: PaneId, line: string): Promise<void> => {
  await tmux.type(pane, line)
  await tmux.keys(pane, 'Enter')
}
const sha256 = (data: Uint8Array): string => createHash('sha256').update(data).digest('hex')
const windowsOf = async (pane: PaneId): Promise<readonly string[]> => {
  const { lines } = await tmux.raw([
    'list-panes',
    '-a',
    '-F',
    '#{pane_id} #{session_name} #{window_width}x#{window_height}',
  ])
  return lines.filter((line) => line.startsWith(`${pane} `)).map((line) => line.split(' ').slice(1).join(' '))
}

describe('output', () => {
  it('begins with the screen as it is, then every byte, exactly', async () => {
    const all = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte))
    const file = join(room.directory, 'bytes')
    const data = Buffer.concat([...Array.from({ length: 200 }, () => all), Buffer.from('é日本👩‍💻 END')])
    await writeFile(file, data)
    const pane = await shell()
    const taken = take(pane)
    await eventually(() => taken.of('screen')).toHaveLength(1)
    expect(taken.of('screen')[0]?.screen.lines[0]).toBe('READY')
    await tell(pane, `stty raw -echo; cat '${file}'`)
    await eventually(() => taken.bytes(pane).length).toBeGreaterThanOrEqual(data.length)
    expect(sha256(taken.bytes(pane))).toBe(sha256(data))
    expect(taken.of('missed')).toEqual([])
    const text = new TextDecoder()
    const words = taken.of('bytes').map(({ bytes }) => text.decode(bytes, { stream: true }))
    expect(words.join('')).toContain('é日本👩‍💻 END')
  })

  it('of a program that prints without a pause misses no byte between its screen and its end', async () => {
    const pane = await run(
      'i=0; while [ $i -lt 20000 ]; do i=$((i+1)); echo "line $i"; done; echo END; exec cat',
    )
    const taken = take(pane)
    await eventually(() => taken.bytes(pane).toString()).toContain('END')
    const printed = [...textOf(taken, pane).matchAll(/line (\d+)\r\n/g)].map(([, number]) => Number(number))
    const first = printed[0] ?? 0
    expect(printed).toEqual(Array.from({ length: 20_000 - first + 1 }, (_, at) => first + at))
    expect(taken.of('missed')).toEqual([])
  })

  it('comes of the panes that are named, and of all there are and will be', async () => {
    const [one, two] = [await shell(), await shell()]
    const beside = (await tmux.newPane({ beside: one, command: ['sh', '-c', 'echo beside; exec cat'] })).pane
    const named = take([one])
    const all = take('all')
    await eventually(() => all.of('screen').length).toBeGreaterThanOrEqual(4)
    await tell(one, 'echo first')
    await tell(two, 'echo second')
    const later = await run('echo later; exec cat')
    await eventually(() => all.bytes(two).toString()).toContain('second')
    await eventually(() => named.bytes(one).toString()).toContain('first')
    await eventually(() => [...all.of('bytes', later), ...all.of('screen', later)]).not.toEqual([])
    await tmux.paste(beside, 'typed')
    await eventually(() => all.bytes(beside).toString()).toContain('typed')
    expect(new Set(named.events.map((event) => 'pane' in event && event.pane))).toEqual(new Set([one]))
  })

  it('tells that a program ended, and shows its last words, which tmux may not send', async () => {
    const pane = await shell()
    const taken = take(pane)
    await eventually(() => taken.of('screen')).toHaveLength(1)
    await tell(pane, 'echo last words')
    await tmux.waitFor(pane, { text: 'last words' })
    await tell(pane, 'exit')
    await eventually(() => taken.of('ended')).toEqual([{ type: 'ended', pane }])
    await eventually(() => taken.of('screen')).toHaveLength(2)
    expect(taken.of('screen')[1]?.screen).toMatchObject({
      text: expect.stringContaining('last words'),
      dead: true,
    })
    expect(taken.events.at(-2)?.type).toBe('ended')
    await tmux.respawn(pane, { command: ['sh', '-c', 'echo again; exec cat'] })
    await eventually(() => `${taken.of('screen').at(-1)?.screen.text}${taken.bytes(pane)}`).toContain('again')
    await tmux.type(pane, '\u0004')
    await eventually(() => taken.of('ended')).toHaveLength(2)
  })

  it('ends when all panes that were named are closed; one that never was is closed at once', async () => {
    const pane = await shell()
    const taken = take([pane, '%99999' as PaneId])
    await eventually(() => taken.of('screen')).toHaveLength(1)
    await tmux.killPane(pane)
    await eventually(() => taken.of('closed').map((event) => event.pane)).toEqual(['%99999', pane])
    expect(await taken.stop()).toBe('ended')
  })

  it('is a second process only while somebody takes it, and leaves sizes, sessions and lists as they were', async () => {
    const pane = await shell()
    const before = await windowsOf(pane)
    const rows = await tmux.list({ fields: ['pane'] })
    const started = tmux.processesStarted
    const [one, two] = [take(pane), take('all')]
    await eventually(() => one.of('screen').length + two.of('screen').length).toBe(3)
    expect(tmux.processesStarted).toBe(started + 1)
    expect(await tmux.list({ fields: ['pane'] })).toEqual(rows)
    expect((await windowsOf(pane)).every((place) => place.endsWith(before[0]?.split(' ')[1] ?? ''))).toBe(
      true,
    )
    await one.stop()
    await two.stop()
    expect(await windowsOf(pane)).toEqual(before)
    expect((await tmux.raw(['list-clients'])).lines).toHaveLength(1)
  })

  it('does not keep alive what others end', async () => {
    const session = await tmux.newSession({ name: 'short', command: ['cat', '-'] })
    const taken = take(session.pane)
    await eventually(() => taken.of('screen')).toHaveLength(1)
    await using other = await Tmux.open({ socket: { path: tmux.server.socketPath } })
    await other.killSession(session.session)
    await eventually(() => taken.of('closed')).toHaveLength(1)
    expect(await windowsOf(session.pane)).toEqual([])
  })

  it('is over with the handle, and with its signal’s reason', async () => {
    const pane = await shell()
    await using other = await Tmux.open({ socket: { path: tmux.server.socketPath } })
    const [one, two] = [take(pane, {}, other), take(pane)]
    await eventually(() => one.of('screen').length + two.of('screen').length).toBe(2)
    await other.close()
    expect(await one.stop()).toBe('ended')
    expect(await two.stop()).toMatchObject({ message: 'stopped' })
    expect(await take(pane, { bufferBytes: 0 }).stop()).toBeInstanceOf(RangeError)
  })
})

describe('a stream', () => {
  it('can be left while it waits, left and taken again at once, and not begun after close()', async () => {
    const pane = await shell()
    const quiet = tmux.output(pane)
    await expect(quiet.next()).resolves.toMatchObject({ value: { type: 'screen' } })
    const waiting = quiet.next()
    await quiet.return()
    expect(await waiting).toMatchObject({ done: true })
    for (let ticks = 0; ticks < 12; ticks += 1) {
      const first = tmux.output(pane)
      await first.next()
      const leaving = first.return()
      for (let tick = 0; tick < ticks; tick += 1) await null
      const second = tmux.output(pane)
      expect(await second.next()).toMatchObject({ done: false, value: { type: 'screen' } })
      await Promise.all([leaving, second.return()])
    }
    await using other = await Tmux.open({ socket: { path: tmux.server.socketPath } })
    await other.close()
    await expect(other.output(pane).next()).rejects.toMatchObject({ code: 'CLOSED' })
  })

  it('of a stopped server ends with its signal at once, before it began and after', async () => {
    const pane = await shell()
    const begun = take(pane)
    await eventually(() => begun.of('screen')).toHaveLength(1)
    await using other = await Tmux.open({ socket: { path: tmux.server.socketPath } })
    const { pid } = tmux.server
    process.kill(pid, 'SIGSTOP')
    try {
      const stop = new AbortController()
      const opening = other.output(pane, { signal: stop.signal }).next()
      stop.abort(new Error('enough'))
      await expect(opening).rejects.toThrow('enough')
      expect(await begun.stop()).toMatchObject({ message: 'stopped' })
    } finally {
      process.kill(pid, 'SIGCONT')
    }
    expect((await tmux.raw(['display-message', '-p', '#{pid}'])).lines).toEqual([String(pid)])
  })

  it('survives a respawn of its pane by another handle of the process, in the midst of a flood', async () => {
    const flood = ['sh', '-c', 'while :; do seq 1 2000; done']
    const { pane } = await tmux.newWindow({ session: room.work.session, command: flood })
    const taken = take(pane)
    await using other = await Tmux.open({ socket: { path: tmux.server.socketPath } })
    for (let round = 0; round < 20; round += 1) {
      const before = taken.events.length
      await other.respawn(pane, { command: flood })
      await eventually(() => taken.events.length).toBeGreaterThan(before)
    }
    expect((await tmux.raw(['display-message', '-p', '#{pid}'])).lines).toEqual([String(tmux.server.pid)])
  })
})

describe('a slow taker', () => {
  it('is told what it missed, gets a screen, and goes on from there; a quick one beside it misses nothing', async () => {
    const pane = await shell()
    const slow = take(pane, { bufferBytes: 4096 })
    const quick = take(pane)
    await eventually(() => slow.of('screen').length + quick.of('screen').length).toBe(2)
    const goOn = slow.hold()
    const flood = 'i=0; while [ $i -lt 3000 ]; do i=$((i+1)); echo "line $i"; done; echo flood over'
    await tell(pane, flood)
    await eventually(() => quick.bytes(pane).toString()).toContain('flood over')
    goOn()
    await eventually(() => slow.of('screen').at(-1)?.screen.text).toContain('flood over')
    const missed = slow.of('missed').map(({ bytes }) => bytes ?? Number.NaN)
    const sum = missed.reduce((total, bytes) => total + bytes, 0)
    expect(sum).toBe(quick.bytes(pane).length - slow.bytes(pane).length)
    expect(missed).toHaveLength(slow.of('screen').length - 1)
    expect(slow.bytes(pane).length).toBeLessThan(4 * 4096)
    await tell(pane, 'echo and after')
    await eventually(() => slow.bytes(pane).toString()).toContain('and after')
    expect(quick.of('missed')).toEqual([])
  })

  it('of its own makes the server hold the pane back, which the program does not feel', async () => {
    const pane = await shell()
    const slow = take(pane, { bufferBytes: 4096 })
    await eventually(() => slow.of('screen')).toHaveLength(1)
    const goOn = slow.hold()
    await tell(pane, 'i=0; while [ $i -lt 20000 ]; do i=$((i+1)); echo "line $i"; done; echo flood over')
    await tmux.waitFor(pane, { text: 'flood over' }, { timeoutMs: 60_000 })
    goOn()
    await eventually(() => slow.of('screen').at(-1)?.screen.text).toContain('flood over')
    expect(slow.of('missed').at(-1)).toMatchObject({ bytes: undefined })
    expect(slow.of('missed').length).toBe(slow.of('screen').length - 1)
    await tell(pane, 'echo and after')
    await eventually(() => slow.bytes(pane).toString()).toContain('and after')
  })
})

describe('the connection for output', () => {
  const clients = async (): Promise<readonly string[]> =>
    (await tmux.raw(['list-clients', '-F', '#{client_pid} #{client_flags}'])).lines

  it('comes back when it is killed, and says that something was missed', async () => {
    const pane = await shell()
    const taken = take(pane)
    await eventually(() => taken.of('screen')).toHaveLength(1)
    const watcher = (await clients()).find((line) => line.includes('pause-after'))
    process.kill(Number(watcher?.split(' ')[0]), 'SIGKILL')
    await eventually(() => taken.of('lost')).toHaveLength(1)
    await eventually(() => taken.of('screen')).toHaveLength(2)
    expect(taken.of('missed')).toMatchObject([{ pane, bytes: undefined }])
    await tell(pane, 'echo again')
    await eventually(() => taken.bytes(pane).toString()).toContain('again')
  })

  it('finds nothing of what it knew on another server: named panes are closed, all begins anew', async () => {
    const pane = await shell()
    const [named, all] = [take(pane), take('all')]
    await eventually(() => all.of('screen').length + named.of('screen').length).toBe(3)
    process.kill(tmux.server.pid, 'SIGKILL')
    await eventually(() => all.of('lost')).toHaveLength(1)
    const next = await tmux.newSession({ name: 'next', command: ['cat', '-'] })
    await eventually(() => named.of('closed', pane)).toHaveLength(1)
    expect(await named.stop()).toBe('ended')
    await eventually(() => all.of('closed')).toHaveLength(2)
    await tmux.paste(next.pane, 'new life')
    // It is on the screen that the stream begins with, or among the bytes after it.
    const shown = (): string => `${all.of('screen', next.pane).at(-1)?.screen.text}${all.bytes(next.pane)}`
    await eventually(shown).toContain('new life')
  })

  it('never starts a server', async () => {
    await tmux.killServer()
    const failed = await take('all').stop()
    expect(
      isTmuxError(failed, 'NO_SERVER') || (failed instanceof Error && failed.message === 'stopped'),
    ).toBe(true)
    await expect(Tmux.open({ socket: { path: tmux.server.socketPath }, start: false })).rejects.toMatchObject(
      {
        code: 'NO_SERVER',
      },
    )
  })
})

it('a respawn in the midst of a flood that is taken leaves the server alive, a hundred times over', {
  timeout: 120_000,
}, async () => {
  const flood = [
    'sh',
    '-c',
    'while :; do echo "$1 a line that goes on and on and on and on"; done',
    'sh',
  ] as const
  const { pane } = await tmux.newWindow({ session: room.work.session, command: [...flood, 'first'] })
  const taken = take(pane)
  const idle = take(pane, { bufferBytes: 4096 })
  const goOn = idle.hold()
  for (let round = 0; round < 100; round += 1) {
    await tmux.respawn(pane, { command: [...flood, `round-${round}`] })
  }
  goOn()
  await tmux.respawn(pane, { command: ['sh', '-c', 'echo calm; exec cat'] })
  const { pid } = tmux.server
  await eventually(
    () => `${taken.of('screen').at(-1)?.screen.text}${taken.bytes(pane).subarray(-100)}`,
  ).toContain('calm')
  expect((await tmux.raw(['display-message', '-p', '#{pid}'])).lines).toEqual([String(pid)])
})
