import { expect } from 'vitest'
import type { CreatedSession, Tmux } from '../src/index.ts'

/** A session that nobody means, and all that could have happened to it or to the server. */
export interface Bystander {
  readonly ids: CreatedSession
  /** Everything that a command which went astray could have changed. */
  describe(): Promise<unknown>
}

const fields = [
  ...(['session', 'sessionName', 'window', 'windowName', 'pane', 'layout', 'active', 'dead', 'pid'] as const),
  ...([
    'command',
    'path',
    'title',
    'inMode',
    'width',
    'height',
    'cursorX',
    'cursorY',
    'historySize',
  ] as const),
  ...(['@mark', '@hostile'] as const),
] as const

const globals = [
  ['show-options', '-g'],
  ['show-options', '-s'],
  ['show-options', '-gw'],
  ['show-hooks', '-g'],
  ['show-environment', '-g'],
  ['list-keys'],
  ['list-buffers'],
]

export async function startBystander(tmux: Tmux): Promise<Bystander> {
  const command = ['sh', '-c', 'printf "do not touch"; exec cat']
  const ids = await tmux.newSession({
    name: 'bystander',
    windowName: 'untouched',
    command,
    options: { '@mark': 'mine' },
  })
  const { pane } = await tmux.newPane({ beside: ids.pane, command, options: { '@mark': 'of the pane' } })
  const panes = [ids.pane, pane]
  for (const one of panes) await tmux.waitFor(one, { text: 'do not touch' })
  // The shell gives way to cat a moment after it printed.
  const commands = async (): Promise<string[]> => {
    const rows = await tmux.list({ fields: ['pane', 'command'] })
    return rows.filter((row) => panes.includes(row.pane)).map((row) => row.command)
  }
  await expect.poll(commands, { timeout: 10_000 }).toEqual(['cat', 'cat'])
  const describe = async (): Promise<unknown> => ({
    rows: (await tmux.list({ fields })).filter((row) => row.session === ids.session),
    screens: await tmux.captureMany(panes, { lines: 'all' }),
    options: (await tmux.raw(['show-options', '-t', ids.session])).lines,
    environment: (await tmux.raw(['show-environment', '-t', ids.session])).lines,
    server: await Promise.all(globals.map(async (argv) => (await tmux.raw(argv)).lines)),
  })
  return { ids, describe }
}
