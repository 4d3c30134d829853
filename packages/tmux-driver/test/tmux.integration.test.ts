import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { isTmuxError, parsePaneId, parseSessionId, parseWindowId, type Tmux } from '../src/index.ts'
import { type TemporaryServer, temporaryServer } from '../src/testing.ts'

let server: TemporaryServer
let tmux: Tmux
let directory: string
const cat = ['cat', '-']

beforeAll(async () => {
  server = await temporaryServer()
  tmux = server.tmux
  directory = await mkdtemp(join(tmpdir(), 'tmo-'))
})

afterAll(async () => {
  await server[Symbol.asyncDispose]()
  await rm(directory, { recursive: true, force: true })
})

const failure = (code: Parameters<typeof isTmuxError>[1]): unknown =>
  expect.toSatisfy((error: unknown) => isTmuxError(error, code), code)

describe('a session', () => {
  it('comes with its window, its pane and its marks', async () => {
    const ids = await tmux.newSession({
      name: 'marked',
      windowName: 'first',
      cwd: directory,
      command: cat,
      options: { '@tmo_orchestration': 'a; #{pid}' },
      windowOptions: { '@tmo_window': 'w' },
      paneOptions: { '@tmo_agent': '"b"' },
    })
    const fields = [
      'session',
      'window',
      'pane',
      'windowName',
      'path',
      '@tmo_orchestration',
      '@tmo_window',
      '@tmo_agent',
    ] as const
    const own = async (): Promise<unknown> =>
      (await tmux.list({ fields })).filter((row) => row.session === ids.session)
    await expect.poll(own).toEqual([
      {
        ...ids,
        windowName: 'first',
        path: directory,
        '@tmo_orchestration': 'a; #{pid}',
        '@tmo_window': 'w',
        '@tmo_agent': '"b"',
      },
    ])
    await tmux.raw(['split-window', '-d', '-t', ids.pane, ...cat])
    const split = (await tmux.list({ fields })).find(
      ({ window, pane }) => window === ids.window && pane !== ids.pane,
    )
    expect(split).toMatchObject({ '@tmo_orchestration': 'a; #{pid}', '@tmo_window': 'w', '@tmo_agent': '' })
  })

  it('is found by its exact name only', async () => {
    const { session } = await tmux.newSession({ name: 'agent-10', command: cat })
    expect(await tmux.hasSession('agent-10')).toBe(session)
    expect(await tmux.hasSession('agent-1')).toBeUndefined()
    expect(await tmux.hasSession('agent')).toBeUndefined()
  })

  it('cannot take the name of another', async () => {
    await tmux.newSession({ name: 'taken', command: cat })
    await expect(tmux.newSession({ name: 'taken', command: cat })).rejects.toEqual(failure('NAME_TAKEN'))
  })

  it.each([
    '',
    'a:b',
    'a.b',
    '$1',
    '@2',
    '%3',
    '=x',
    '-x',
    'a b',
    'é',
    'x#(touch y)',
    'a\nb',
    'x'.repeat(65),
  ])('cannot be called %j', async (name) => {
    await expect(tmux.newSession({ name, command: cat })).rejects.toEqual(failure('BAD_NAME'))
    await expect(tmux.hasSession(name)).rejects.toEqual(failure('BAD_NAME'))
  })

  it('does not start in a directory that is not there', async () => {
    const cwd = join(directory, 'absent')
    await expect(tmux.newSession({ name: 'nowhere', cwd })).rejects.toEqual(failure('NO_SUCH_DIRECTORY'))
    expect(await tmux.hasSession('nowhere')).toBeUndefined()
  })
})

describe('windows', () => {
  it('come in order, many at once, each with its own result', async () => {
    const { session, window } = await tmux.newSession({ name: 'many', command: cat })
    const absent = join(directory, 'absent')
    const specs = Array.from({ length: 40 }, (_, n) => {
      const options = { '@n': String(n) } as const
      return n === 20 ? { session, cwd: absent } : { session, name: `w${n}`, command: cat, options }
    })
    const outcomes = await tmux.newWindows(specs)
    expect(outcomes[20]).toMatchObject({ status: 'failed', error: { code: 'NO_SUCH_DIRECTORY' } })
    const made = outcomes.filter((outcome) => outcome.status === 'created')
    const rows = await tmux.list({ fields: ['session', 'window', 'windowName', 'pane', '@n'] })
    const own = rows.filter((row) => row.session === session && row.window !== window)
    expect(own.map((row) => row.window)).toEqual(made.map((outcome) => outcome.window))
    expect(own.every((row) => row.windowName === `w${row['@n']}`)).toBe(true)
  })

  it('do not take the eye of who is looking', async () => {
    const { session, window } = await tmux.newSession({ name: 'looking', command: cat })
    await tmux.newWindow({ session, command: cat })
    expect((await tmux.raw(['display-message', '-p', '-t', `${session}:`, '#{window_id}'])).lines).toEqual([
      window,
    ])
  })

  it('in a session that is not there are refused', async () => {
    await expect(tmux.newWindow({ session: parseSessionId('$9999') })).rejects.toEqual(
      failure('NO_SUCH_TARGET'),
    )
  })

  it('remain when their program ends at once, with its exit code or signal', async () => {
    const { session } = await tmux.newSession({ name: 'remain', command: cat })
    const commands = [
      ['false', 'x'],
      ['sh', '-c', 'exit 7'],
      ['/no/such/program', 'x'],
      ['sh', '-c', 'kill -9 $$'],
    ]
    const specs = commands.map((command) => ({ session, command, remainOnExit: true }))
    const panes = (await tmux.newWindows(specs)).map((made) =>
      made.status === 'created' ? made.pane : undefined,
    )
    const fields = ['pane', 'dead', 'deadStatus', 'deadSignal'] as const
    const ends = async (): Promise<unknown[]> => {
      const rows = await tmux.list({ fields })
      return panes.map((pane) => {
        const row = rows.find((each) => each.pane === pane)
        return [row?.dead, row?.deadStatus, row?.deadSignal]
      })
    }
    await expect.poll(ends).toEqual([
      [true, 1, undefined],
      [true, 7, undefined],
      [true, 1, undefined],
      [true, undefined, 9],
    ])
  })

  it('always tell how their programs ended, a hundred times over', { timeout: 120_000 }, async () => {
    const { session } = await tmux.newSession({ name: 'ends', command: cat })
    for (let round = 0; round < 100; round += 1) {
      const { pane } = await tmux.newWindow({ session, command: ['sh', '-c', 'exit 3'], remainOnExit: true })
      const status = async (): Promise<number | undefined> =>
        (await tmux.list({ fields: ['pane', 'dead', 'deadStatus'] })).find((row) => row.pane === pane)
          ?.deadStatus
      await expect.poll(status, { interval: 5, timeout: 10_000 }).toBe(3)
      await tmux.killPane(pane)
    }
  })

  it('are resized alone', async () => {
    const { session, window } = await tmux.newSession({ name: 'size', command: cat })
    await tmux.resize(window, { cols: 77, rows: 11 })
    const rows = await tmux.list({ fields: ['session', 'width', 'height'] })
    expect(rows.find((row) => row.session === session)).toMatchObject({ width: 77, height: 11 })
  })
})

describe('a pane', () => {
  it('is resized within its window', async () => {
    const { pane } = await tmux.newSession({ name: 'pane-size', command: cat })
    const beside = await tmux.newPane({ beside: pane, place: 'right', command: cat })
    await tmux.resize(beside.pane, { cols: 33, rows: 50 })
    const rows = await tmux.list({ fields: ['pane', 'width'] })
    expect(rows.find((row) => row.pane === beside.pane)).toMatchObject({ width: 33 })
    await tmux.killPane(beside.pane)
    await expect(tmux.resize(beside.pane, { cols: 33, rows: 5 })).rejects.toMatchObject({
      code: 'NO_SUCH_TARGET',
    })
  })
})

describe('a bounded view', () => {
  it('ends each call with its signal or its time, and is the same handle otherwise', async () => {
    const stop = new AbortController()
    const { pane } = await tmux.newSession({ name: 'bounded', command: cat })
    const view = tmux.within({ signal: stop.signal }).within({ timeoutMs: 60_000 })
    await view.paste(pane, 'through the view')
    await view.waitFor(pane, { text: 'through the view' })
    const waiting = view.waitFor(pane, { text: 'never' })
    const taking = (async () => {
      for await (const event of view.output(pane))
        if (event.type === 'screen') stop.abort(new Error('enough'))
    })()
    const enough = { status: 'rejected', reason: expect.objectContaining({ message: 'enough' }) }
    expect(await Promise.allSettled([waiting, taking])).toEqual([enough, enough])
    for (const call of [
      () => view.newSession({ name: 'late', command: cat }),
      () => view.keys(pane, 'Enter'),
      () => view.killPane(pane),
      () => view.list({ fields: ['pane'] }),
      () => view.setOption(pane, '@x', 'y'),
    ]) {
      await expect(call()).rejects.toThrow('enough')
    }
    expect(await tmux.hasSession('late')).toBeUndefined()
    process.kill(tmux.server.pid, 'SIGSTOP')
    try {
      await expect(tmux.within({ timeoutMs: 50 }).keys(pane, 'Enter')).rejects.toMatchObject({
        code: 'TIMEOUT',
      })
    } finally {
      process.kill(tmux.server.pid, 'SIGCONT')
    }
  })
})

describe('a list', () => {
  it('tells every field in its type', async () => {
    const { session, pane } = await tmux.newSession({ name: 'fields', cwd: directory, command: cat })
    const fields = [
      ...([
        'session',
        'sessionName',
        'window',
        'windowName',
        'pane',
        'dead',
        'deadStatus',
        'deadSignal',
        'pid',
      ] as const),
      ...([
        'command',
        'path',
        'title',
        'inMode',
        'activity',
        'startCommand',
        'width',
        'height',
        'cursorX',
      ] as const),
      ...(['cursorY', 'historySize', 'alternate', '@unset'] as const),
    ] as const
    await expect
      .poll(async () => (await tmux.list({ fields })).find((row) => row.pane === pane))
      .toMatchObject({ command: 'cat', path: directory })
    expect((await tmux.list({ fields })).find((row) => row.pane === pane)).toEqual({
      ...{
        session,
        sessionName: 'fields',
        window: expect.stringMatching(/^@\d+$/),
        windowName: expect.any(String),
        pane,
      },
      ...{
        dead: false,
        deadStatus: undefined,
        deadSignal: undefined,
        pid: expect.any(Number),
        command: 'cat',
      },
      ...{ path: directory, title: expect.any(String), inMode: false, activity: expect.any(Number) },
      ...{
        startCommand: 'cat -',
        width: 220,
        height: 50,
        cursorX: 0,
        cursorY: 0,
        historySize: 0,
        alternate: false,
      },
      '@unset': '',
    })
  })

  it('of no field is a mistake', async () => {
    await expect(tmux.list({ fields: [] })).rejects.toBeInstanceOf(TypeError)
  })
})

describe('a capture', () => {
  it('shows the screen, the cursor, and history when asked', async () => {
    const { pane } = await tmux.newSession({ name: 'screen', size: { cols: 20, rows: 5 }, command: cat })
    await tmux.paste(pane, 'one\ntwo\nthree\n', { bracketed: false })
    const text = async (): Promise<string> => (await tmux.capture(pane, { lines: 100 })).text
    await expect.poll(text).toBe('one\ntwo\nthree\none\ntwo\nthree\n')
    expect(await tmux.capture(pane)).toMatchObject({ lines: { length: 5 }, cursor: { x: 0, y: 4 } })
    expect(await tmux.capture(pane, { lines: 100 })).toMatchObject({
      lines: ['one', 'two', 'three', 'one', 'two', 'three', ''],
      text: 'one\ntwo\nthree\none\ntwo\nthree\n',
      inMode: false,
      dead: false,
    })
  })

  it('keeps colours and joins wrapped lines when asked', async () => {
    const command = ['sh', '-c', `printf '\\033[31mred\\033[0m\\n%030d' 7; exec cat`]
    const { pane } = await tmux.newSession({ name: 'looks', size: { cols: 20, rows: 5 }, command })
    await expect.poll(async () => (await tmux.capture(pane)).text).toContain('07')
    expect((await tmux.capture(pane, { attributes: true })).lines[0]).toContain('\u001b[31mred')
    expect((await tmux.capture(pane)).lines[1]).toHaveLength(20)
    expect((await tmux.capture(pane, { join: true })).lines[1]).toHaveLength(30)
  })

  it('holds a screen that imitates the protocol, and the next answer is not shifted', async () => {
    const fake = `for n in $(seq 1 400); do printf '%%end %s %s 1\\n%%error %s %s 1\\n%%exit\\n' "$(date +%s)" $n "$(date +%s)" $n; done`
    const { pane } = await tmux.newSession({
      name: 'mimic',
      command: ['sh', '-c', `${fake}; echo DONE; exec cat`],
    })
    await expect.poll(async () => (await tmux.capture(pane)).text, { timeout: 20_000 }).toContain('DONE')
    const screen = await tmux.capture(pane, { lines: 5000 })
    expect(screen.lines.filter((line) => line === '%exit')).toHaveLength(400)
    expect((await tmux.raw(['display-message', '-p', 'next'])).lines).toEqual(['next'])
  })

  it('of a pane that is not there is refused', async () => {
    await expect(tmux.capture(parsePaneId('%9999'))).rejects.toEqual(failure('NO_SUCH_TARGET'))
  })
})

describe('user options', () => {
  it('are told apart from those of the window and the session, and from unset ones', async () => {
    const { session, window, pane } = await tmux.newSession({ name: 'options', command: cat })
    await tmux.setOption(session, '@x', 'of session')
    await tmux.setOption(window, '@x', '')
    expect(await tmux.getOption(session, '@x')).toBe('of session')
    expect(await tmux.getOption(window, '@x')).toBe('')
    expect(await tmux.getOption(pane, '@x')).toBeUndefined()
    await expect(tmux.getOption(parseWindowId('@9999'), '@x')).rejects.toEqual(failure('NO_SUCH_TARGET'))
    await expect(tmux.setOption(parsePaneId('%9999'), '@x', '')).rejects.toEqual(failure('NO_SUCH_TARGET'))
  })
})

describe('killing', () => {
  it('tells whether there was something to kill', async () => {
    const { session, window } = await tmux.newSession({ name: 'kill', command: cat })
    const extra = await tmux.newWindow({ session, command: cat })
    expect([await tmux.killPane(extra.pane), await tmux.killPane(extra.pane)]).toEqual([true, false])
    expect([await tmux.killWindow(window), await tmux.killWindow(window)]).toEqual([true, false])
    expect(await tmux.killSession(session)).toBe(false)
    const other = await tmux.newSession({ name: 'kill', command: cat })
    expect([await tmux.killSession(other.session), await tmux.killSession(other.session)]).toEqual([
      true,
      false,
    ])
  })
})

describe('raw', () => {
  it('runs any command, tells its error, and one error among a thousand shifts no other', async () => {
    const words = Array.from({ length: 1000 }, (_, n) =>
      n === 500 ? ['no-such-command'] : ['display-message', '-p', `${n}`],
    )
    const outcomes = await Promise.allSettled(words.map((argv) => tmux.raw(argv)))
    expect(outcomes[500]).toMatchObject({ status: 'rejected', reason: { code: 'COMMAND_FAILED' } })
    const rest = outcomes.filter((_, n) => n !== 500)
    expect(rest.every((outcome) => outcome.status === 'fulfilled')).toBe(true)
    expect(outcomes[999]).toMatchObject({ value: { lines: ['999'] } })
  })

  it('answers ten thousand pipelined commands in order', async () => {
    const sends = Array.from({ length: 10_000 }, (_, n) => tmux.raw(['display-message', '-p', String(n)]))
    const answers = (await Promise.all(sends)).map(({ lines }) => Number(lines[0]))
    expect(answers).toEqual(Array.from({ length: 10_000 }, (_, n) => n))
  })
})

it('tells of windows that come and go, as a hint', async () => {
  const seen: string[] = []
  tmux.events.on('window:added', ({ window }) => seen.push(`+${window}`))
  tmux.events.on('window:closed', ({ window }) => seen.push(`-${window}`))
  const { window } = await tmux.newSession({ name: 'events', command: cat })
  await tmux.killWindow(window)
  await expect.poll(() => seen).toEqual(expect.arrayContaining([`+${window}`, `-${window}`]))
})
