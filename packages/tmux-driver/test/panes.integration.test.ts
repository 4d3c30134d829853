import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  isTmuxError,
  type PaneId,
  parsePaneId,
  type SessionId,
  type Tmux,
  type WindowId,
} from '../src/index.ts'
import { startReceiver } from './receiver.ts'
import { openWorkRoom, type WorkRoom } from './work-room.ts'

let room: WorkRoom
let tmux: Tmux
let session: SessionId
let directory: string

beforeAll(async () => {
  room = await openWorkRoom()
  ;({ tmux, directory } = room)
  session = room.work.session
})

afterAll(() => room[Symbol.asyncDispose]())

const eventually = <T>(read: () => T) => expect.poll(read, { timeout: 20_000 })
const failure = (code: Parameters<typeof isTmuxError>[1]): unknown =>
  expect.toSatisfy((error: unknown) => isTmuxError(error, code), code)

const cat = (): Promise<{ window: WindowId; pane: PaneId }> =>
  tmux.newWindow({ session, command: ['cat', '-'] })
const shell = (script: string, remainOnExit = true): Promise<{ window: WindowId; pane: PaneId }> =>
  tmux.newWindow({ session, command: ['sh', '-c', script], remainOnExit })

it('lists what did not change as the same frozen rows, and what did as new ones', async () => {
  const fields = ['pane', '@role'] as const
  const { pane } = await cat()
  const first = await tmux.list({ fields })
  expect(await tmux.list({ fields })).toBe(first)
  expect(Object.isFrozen(first) && first.every((row) => Object.isFrozen(row))).toBe(true)
  await tmux.setOption(pane, '@role', 'another')
  const second = await tmux.list({ fields })
  expect(second).not.toBe(first)
  expect(second.find((row) => row.pane === pane)?.['@role']).toBe('another')
  expect(Object.keys((await tmux.list({ fields: ['pane'] }))[0] ?? {})).toEqual(['pane'])
  expect(await tmux.list({ fields })).toEqual(second)
})

describe('a new pane', () => {
  it.each(['below', 'above', 'right', 'left'] as const)(
    'goes %s, marked, and takes no eye',
    async (place) => {
      const { window, pane } = await cat()
      const made = await tmux.newPane({
        beside: pane,
        place,
        percent: 30,
        command: ['sh', '-c', 'printf "%s" "$WHO"; read x; exit 3'],
        env: { WHO: 'a $b' },
        remainOnExit: true,
        options: { '@role': 'helper; #{pid}' },
      })
      expect(made.window).toBe(window)
      await tmux.waitFor(made.pane, { text: 'a $b' })
      await tmux.keys(made.pane, 'Enter')
      expect(await tmux.waitFor(made.pane, { exit: true })).toEqual({
        gone: false,
        status: 3,
        signal: undefined,
      })
      const rows = (await tmux.list({ fields: ['window', 'pane', 'active', '@role'] })).filter(
        (row) => row.window === window,
      )
      const order = place === 'below' || place === 'right' ? [pane, made.pane] : [made.pane, pane]
      expect(rows.map((row) => row.pane)).toEqual(order)
      expect(rows.find((row) => row.pane === pane)).toMatchObject({ active: true, '@role': '' })
      expect(rows.find((row) => row.pane === made.pane)).toMatchObject({
        active: false,
        '@role': 'helper; #{pid}',
      })
    },
  )

  it('leaves the current window of its session alone', async () => {
    const current = async (): Promise<readonly string[]> =>
      (await tmux.raw(['display-message', '-p', '-t', session, '#{window_id}'])).lines
    const before = await current()
    const { pane } = await cat()
    await tmux.newPane({ beside: pane, command: ['cat', '-'] })
    expect(await current()).toEqual(before)
  })

  it('comes in bulk, each with its own result, and in a layout', async () => {
    const { window } = await cat()
    const command = ['cat', '-']
    const missing = parsePaneId('%99999')
    await tmux.setLayout(window, 'tiled')
    const outcomes = await tmux.newPanes([
      { beside: window, command },
      { beside: missing, command },
      { beside: window, command },
    ])
    expect(outcomes.map((one) => one.status)).toEqual(['created', 'failed', 'created'])
    expect(outcomes[1]).toMatchObject({ error: { code: 'NO_SUCH_TARGET' } })
    const layout = async () =>
      (await tmux.list({ fields: ['window', 'layout'] })).find((row) => row.window === window)?.layout ?? ''
    await tmux.setLayout(window, 'even-horizontal')
    const kept = await layout()
    await tmux.setLayout(window, 'even-vertical')
    expect(await layout()).not.toBe(kept)
    await tmux.setLayout(window, kept)
    expect(await layout()).toBe(kept)
    await expect(tmux.setLayout(window, '-o')).rejects.toThrow(TypeError)
    await expect(tmux.setLayout(window, 'tiled ; kill-server')).rejects.toThrow(TypeError)
  })

  it('comes in bulk with a result each, also where one is called wrongly or the whole is stopped midway', async () => {
    const { window } = await cat()
    const panes = async () =>
      (await tmux.list({ fields: ['window', 'pane'] })).filter((row) => row.window === window).length
    const command = ['cat', '-']
    const outcomes = await tmux.newPanes([
      { beside: window, command },
      { beside: window, command, percent: 0 },
      { beside: window, command: [] },
    ])
    expect(outcomes).toMatchObject([
      { status: 'created' },
      { status: 'failed', error: expect.any(RangeError) },
      { status: 'failed', error: expect.any(TypeError) },
    ])
    expect(await panes()).toBe(2)
    const stop = new AbortController()
    const specs = Array.from({ length: 3 }, () => ({ beside: window, command, place: 'right' as const }))
    const making = tmux.newPanes(specs, { concurrency: 1, signal: stop.signal })
    await expect.poll(panes).toBeGreaterThan(2)
    stop.abort('enough')
    const made = (await making).filter((one) => one.status === 'created')
    expect(await panes()).toBe(2 + made.length)
    for (const one of (await making).slice(made.length))
      expect(one).toEqual({ status: 'failed', error: 'enough' })
  })

  it('that finds no space is an error, and the others stay', async () => {
    const { window, pane } = await cat()
    await tmux.resize(window, { cols: 10, rows: 2 })
    await expect(tmux.newPane({ beside: pane, command: ['cat', '-'] })).rejects.toEqual(
      failure('COMMAND_FAILED'),
    )
    expect((await tmux.list({ fields: ['window'] })).filter((row) => row.window === window)).toHaveLength(1)
  })
})

describe('many captures', () => {
  it('show every pane that is there, and tell of each that is not', async () => {
    const made = await Promise.all(['one', 'two'].map((word) => shell(`echo ${word}; exec cat`)))
    for (const [index, { pane }] of made.entries())
      await tmux.waitFor(pane, { text: ['one', 'two'][index] ?? '' })
    const gone = await cat()
    await tmux.killPane(gone.pane)
    const outcomes = await tmux.captureMany([...made.map(({ pane }) => pane), gone.pane])
    expect(outcomes.map((one) => (one.status === 'captured' ? one.screen.lines[0] : one.error))).toEqual([
      'one',
      'two',
      failure('NO_SUCH_TARGET'),
    ])
    const all = await tmux.captureMany('all')
    const mixed = await tmux.captureMany([...made.map(({ pane }) => pane), 'no pane' as never])
    expect(mixed.map((one) => one.status)).toEqual(['captured', 'captured', 'failed'])
    await expect(tmux.captureMany('all', { lines: -1 })).rejects.toThrow(RangeError)
    await expect(tmux.captureMany('all', { signal: AbortSignal.abort('enough') })).rejects.toBe('enough')
    expect(all.map((one) => one.pane).toSorted()).toEqual(
      (await tmux.list({ fields: ['pane'] })).map((row) => row.pane).toSorted(),
    )
  })

  it('reach to the beginning of the history', async () => {
    const { pane } = await shell('seq 1 400; exec cat')
    await tmux.waitFor(pane, { text: '\n400\n' })
    const { lines } = await tmux.capture(pane, { lines: 'all' })
    expect(lines.slice(0, 400)).toEqual(Array.from({ length: 400 }, (_, index) => String(index + 1)))
    await expect(tmux.capture(pane, { lines: -1 })).rejects.toThrow(RangeError)
  })
})

describe('bytes', () => {
  it.each([1, 256, 257, 100_000])('arrive as they are, %i of them', async (length) => {
    const receiver = await startReceiver(tmux, { session, directory, name: `bytes-${length}` })
    const data = Uint8Array.from({ length }, (_, index) => (length === 1 ? 0 : index % 256))
    await tmux.bytes(receiver.pane, data)
    await eventually(async () => (await receiver.received()).length).toBe(length)
    expect(Buffer.compare(await receiver.received(), data)).toBe(0)
  })

  it('go neither to a dead pane nor past copy mode', async () => {
    const dead = await shell('exit 0')
    await tmux.waitFor(dead.pane, { exit: true })
    for (const size of [0, 5, 5000]) {
      await expect(tmux.bytes(dead.pane, new Uint8Array(size))).rejects.toEqual(failure('PANE_DEAD'))
    }
    const { pane } = await cat()
    await tmux.raw(['copy-mode', '-t', pane])
    await expect(tmux.bytes(pane, Uint8Array.of(65))).rejects.toEqual(failure('PANE_IN_MODE'))
  })
})

describe('waiting', () => {
  it('finds text, also in what the terminal wrapped, and a match, also one by one', async () => {
    const long = 'word '.repeat(60).trim()
    const { pane } = await shell(`echo '${long}'; exec cat`)
    expect((await tmux.waitFor(pane, { text: long })).text).toContain(long)
    const regex = /word$/gm
    await tmux.waitFor(pane, { regex })
    await tmux.waitFor(pane, { regex })
    expect(regex.lastIndex).toBe(0)
  })

  it('looks at the history when told to', async () => {
    const { pane } = await shell('echo first; seq 1 200; exec cat')
    await tmux.waitFor(pane, { text: '\n200\n' })
    await tmux.waitFor(pane, { text: 'first' }, { lines: 'all' })
    await expect(tmux.waitFor(pane, { text: 'first' }, { timeoutMs: 50 })).rejects.toEqual(failure('TIMEOUT'))
  })

  it('for quiet ends only once nothing moves', async () => {
    const { pane } = await shell('for i in 1 2 3 4 5 6; do echo $i; sleep 0.1; done; exec cat')
    const screen = await tmux.waitFor(pane, { quietMs: 400 })
    expect(screen.lines.slice(0, 6)).toEqual(['1', '2', '3', '4', '5', '6'])
    await expect(tmux.waitFor(pane, { quietMs: 0 })).rejects.toThrow(RangeError)
  })

  it.each([
    ['exit 7', true, { gone: false, status: 7, signal: undefined }],
    ['kill -9 $$', true, { gone: false, status: undefined, signal: 9 }],
    ['read x', false, { gone: true }],
  ])('for the end of %j (remaining: %j) tells how', async (script, remainOnExit, expected) => {
    const { pane } = await shell(script, remainOnExit)
    const exit = tmux.waitFor(pane, { exit: true })
    if (!remainOnExit) await tmux.keys(pane, 'Enter')
    expect(await exit).toEqual(expected)
  })

  it('ends when the program does, the pane does, the time is over or nobody wants it any more', async () => {
    const dead = await shell('echo bye; read x')
    await tmux.waitFor(dead.pane, { text: 'bye' })
    await tmux.keys(dead.pane, 'Enter')
    await expect(tmux.waitFor(dead.pane, { text: 'hello' })).rejects.toEqual(failure('PANE_DEAD'))
    expect((await tmux.waitFor(dead.pane, { text: 'bye' }, { lines: 'all' })).dead).toBe(true)
    const { pane } = await cat()
    const waiting = tmux.waitFor(pane, { text: 'never' })
    await tmux.killPane(pane)
    await expect(waiting).rejects.toEqual(failure('NO_SUCH_TARGET'))
    await expect(tmux.waitFor(pane, { exit: true })).rejects.toEqual(failure('NO_SUCH_TARGET'))
    const other = await cat()
    await expect(tmux.waitFor(other.pane, { exit: true }, { timeoutMs: 30 })).rejects.toMatchObject({
      code: 'TIMEOUT',
      message: `pane ${other.pane}: waited 30 ms for its program to end`,
    })
    const stop = new AbortController()
    const wanted = tmux.waitFor(other.pane, { text: 'never' }, { signal: stop.signal })
    stop.abort(new Error('no longer'))
    await expect(wanted).rejects.toThrow('no longer')
  })
})

describe('a pipe', () => {
  it('copies what a pane prints to a file of ours alone, whatever its name, until it is stopped', async () => {
    const path = join(directory, `it's $(touch x) #(touch y) #{pid} ; 100%done %H %% log`)
    const { pane } = await cat()
    await tmux.pipe(pane, path)
    await tmux.type(pane, 'one')
    await tmux.keys(pane, 'Enter')
    await eventually(() => readFile(path, 'utf8').catch(() => '')).toContain('one\r\none\r\n')
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    await tmux.stopPipe(pane)
    await tmux.stopPipe(pane)
    await tmux.type(pane, 'two')
    await tmux.waitFor(pane, { text: 'two' })
    await tmux.pipe(pane, path)
    await tmux.type(pane, 'three')
    await eventually(() => readFile(path, 'utf8')).toContain('three')
    expect(await readFile(path, 'utf8')).toMatch(/^one\r\none\r\n/)
    expect(await readFile(path, 'utf8')).not.toContain('two')
    await tmux.pipe(pane, path, { append: false })
    await eventually(() => readFile(path, 'utf8')).toBe('')
  })

  it('of a dead pane, into no folder, or to a relative path is refused', async () => {
    const dead = await shell('exit 0')
    await tmux.waitFor(dead.pane, { exit: true })
    await expect(tmux.pipe(dead.pane, join(directory, 'log'))).rejects.toEqual(failure('PANE_DEAD'))
    const { pane } = await cat()
    await expect(tmux.pipe(pane, join(directory, 'no/log'))).rejects.toEqual(failure('NO_SUCH_DIRECTORY'))
    await expect(tmux.pipe(pane, 'log')).rejects.toThrow(TypeError)
    await expect(tmux.pipe(parsePaneId('%99999'), join(directory, 'log'))).rejects.toEqual(
      failure('NO_SUCH_TARGET'),
    )
  })
})
