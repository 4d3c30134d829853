import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type CreatedSession, isTmuxError, type SessionId, type Tmux } from '../src/index.ts'
import { startBystander } from './bystander.ts'
import { openWorkRoom, type WorkRoom } from './work-room.ts'

let room: WorkRoom
let tmux: Tmux

beforeAll(async () => {
  room = await openWorkRoom()
  tmux = room.tmux
})

afterAll(() => room[Symbol.asyncDispose]())

const command = ['cat', '-']

/** Every method that takes an id. */
const uses: Readonly<Record<string, (ids: CreatedSession) => Promise<unknown>>> = {
  newWindow: ({ session }) => tmux.newWindow({ session, command }),
  'newPane beside a pane': ({ pane }) => tmux.newPane({ beside: pane, command }),
  'newPane beside a window': ({ window }) => tmux.newPane({ beside: window, command }),
  capture: ({ pane }) => tmux.capture(pane),
  'capture of the history': ({ pane }) => tmux.capture(pane, { lines: 'all', join: true, attributes: true }),
  'waitFor text': ({ pane }) => tmux.waitFor(pane, { text: 'x' }),
  'waitFor quiet': ({ pane }) => tmux.waitFor(pane, { quietMs: 10 }),
  'waitFor exit': ({ pane }) => tmux.waitFor(pane, { exit: true }),
  'a short paste': ({ pane }) => tmux.paste(pane, 'x'),
  'a long paste': ({ pane }) => tmux.paste(pane, 'x'.repeat(10_000)),
  keys: ({ pane }) => tmux.keys(pane, 'Enter'),
  type: ({ pane }) => tmux.type(pane, 'x'),
  'a few bytes': ({ pane }) => tmux.bytes(pane, Uint8Array.of(65)),
  'many bytes': ({ pane }) => tmux.bytes(pane, new Uint8Array(1000)),
  pipe: ({ pane }) => tmux.pipe(pane, join(tmpdir(), 'never-made')),
  stopPipe: ({ pane }) => tmux.stopPipe(pane),
  leaveMode: ({ pane }) => tmux.leaveMode(pane),
  respawn: ({ pane }) => tmux.respawn(pane, { command }),
  resize: ({ window }) => tmux.resize(window, { cols: 50, rows: 10 }),
  setLayout: ({ window }) => tmux.setLayout(window, 'tiled'),
  'setOption of a session': ({ session }) => tmux.setOption(session, '@x', 'y'),
  'setOption of a window': ({ window }) => tmux.setOption(window, '@x', 'y'),
  'setOption of a pane': ({ pane }) => tmux.setOption(pane, '@x', 'y'),
  'getOption of a session': ({ session }) => tmux.getOption(session, '@x'),
  'getOption of a window': ({ window }) => tmux.getOption(window, '@x'),
  'getOption of a pane': ({ pane }) => tmux.getOption(pane, '@x'),
}

it.each(Object.keys(uses))(
  '%s with an id of what was closed is refused, and nothing else is hit',
  async (use) => {
    const bystander = await startBystander(tmux)
    const gone = await tmux.newSession({ name: 'gone', command })
    await tmux.killSession(gone.session)
    const before = await bystander.describe()
    await expect(uses[use]?.(gone)).rejects.toSatisfy((error) => isTmuxError(error, 'NO_SUCH_TARGET'))
    expect([await tmux.killPane(gone.pane), await tmux.killWindow(gone.window)]).toEqual([false, false])
    expect(await tmux.killSession(gone.session)).toBe(false)
    expect(await tmux.captureMany([gone.pane])).toMatchObject([
      { status: 'failed', error: { code: 'NO_SUCH_TARGET' } },
    ])
    expect(await bystander.describe()).toEqual(before)
    await tmux.killSession(bystander.ids.session)
  },
)

/** Names that tmux reads as more than names when they stand in a target. */
const odd = [
  ...[
    'agent-10',
    'agent',
    '$1',
    '@1',
    '%1',
    '=x',
    '-dash',
    'a b',
    '+1',
    '{end}',
    '~',
    '*',
    'x*',
    '[a-z]',
    '!',
  ],
  ...[
    'é日本',
    '👩‍💻',
    "it's",
    '"quoted"',
    'back\\slash',
    '#{pid}',
    'semi;colon',
    'tail;',
    'a,b',
    '%if',
    '_anchor-x',
  ],
]

describe('sessions and windows that others gave odd names', () => {
  it('are listed by them, reached by id alone, and never taken for another', async () => {
    const made = new Map<string, SessionId>()
    for (const name of odd) {
      const literal = name.replaceAll('#', '##')
      const argv = [
        'new-session',
        '-d',
        '-P',
        '-F',
        '#{session_id}',
        '-s',
        literal,
        '-n',
        literal,
        ...command,
      ]
      const { lines } = await tmux.raw(argv).catch((error: unknown) => {
        // Some versions refuse some of them.
        if (isTmuxError(error, 'COMMAND_FAILED')) return { lines: [] }
        throw error
      })
      const [id] = lines
      if (id === undefined) continue
      const row = (await tmux.list({ fields: ['session', 'sessionName'] })).find((one) => one.session === id)
      if (row !== undefined) made.set(row.sessionName, row.session)
    }
    expect(made.size).toBeGreaterThan(20)
    expect([...made.keys()]).toEqual(
      expect.arrayContaining(['agent-10', '$1', '@1', 'a b', 'é日本', '👩‍💻', "it's", 'x*']),
    )
    // Windows take any name at all, also by hand.
    for (const [name, session] of made) {
      await tmux.raw(['rename-window', '-t', session, '--', name.replaceAll('#', '##')])
      await tmux.setOption(session, '@own', name)
    }
    const rows = await tmux.list({ fields: ['session', 'sessionName', '@own', 'pane'] })
    for (const [name, session] of made) {
      expect(rows.filter((row) => row['@own'] === name)).toEqual([
        { session, sessionName: name, '@own': name, pane: expect.any(String) },
      ])
    }
    expect(await tmux.hasSession('agent-10')).toBe(made.get('agent-10'))
    expect(await tmux.hasSession('agent-1')).toBeUndefined()
    expect(await tmux.hasSession('agen')).toBeUndefined()
    expect(await tmux.hasSession('x')).toBeUndefined()
    for (const [name, session] of made) {
      const { window, pane } = await tmux.newWindow({ session, command })
      const row = (await tmux.list({ fields: ['window', 'sessionName', 'pane'] })).find(
        (one) => one.pane === pane,
      )
      expect(row).toEqual({ window, sessionName: name, pane })
      expect(await tmux.killSession(session)).toBe(true)
      expect((await tmux.list({ fields: ['session'] })).some((one) => one.session === session)).toBe(false)
    }
    expect(await tmux.list({ fields: ['session'] })).toEqual([{ session: room.work.session }])
  })
})

it.each(['', 'a:b', 'a.b', '$1', '@2', '%3', '=x', '-x', 'a b', 'é', 'x#(touch y)', 'a\nb', 'x'.repeat(65)])(
  'a window cannot be called %j, and nothing is made',
  async (name) => {
    const { session } = room.work
    const before = await tmux.list({ fields: ['pane'] })
    const bad = (error: unknown): boolean => isTmuxError(error, 'BAD_NAME')
    await expect(tmux.newWindow({ session, name, command })).rejects.toSatisfy(bad)
    await expect(tmux.newSession({ name: 'fine', windowName: name, command })).rejects.toSatisfy(bad)
    expect(await tmux.newWindows([{ session, name, command }])).toMatchObject([
      { status: 'failed', error: { code: 'BAD_NAME' } },
    ])
    expect(await tmux.list({ fields: ['pane'] })).toEqual(before)
  },
)
