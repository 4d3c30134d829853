import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { fixtureScreen, fixtureTitle } from '../test/fixture-screens.ts'
import { CodexAdapter } from './codex.ts'
import { codexDialogs } from './codex-permissions.ts'
import { type DialogSight, dialogSight, listAsksOf, showsAsk } from './dialog-asks.ts'
import { createAsk } from './permission.ts'

const command = 'touch /home/dev/my-project/tmp/esc1'
const dialog = fixtureScreen('codex', 'permission')
const idle = fixtureScreen('codex', 'idle')
const longCommand = `printf %s ${'abcdefgh '.repeat(150)}`
const adapter = new CodexAdapter({})

let stateDir: string
let sight: DialogSight
let passedMs: number
beforeEach(() => {
  stateDir = mkdtempSync(join(tmpdir(), 'tmo-codex-'))
  mkdirSync(join(stateDir, 'permissions'))
  passedMs = 0
  sight = dialogSight(
    { ...codexDialogs, readScreen: (text) => adapter.readScreen(text) },
    () => Date.now() + passedMs,
  )
})
afterEach(() => rmSync(stateDir, { recursive: true }))

function put(name: string, subject: string, ageMs = 0): void {
  const path = join(stateDir, 'permissions', name)
  writeFileSync(path, JSON.stringify({ tool_name: 'Bash', tool_input: { command: subject } }))
  const at = (Date.now() - ageMs) / 1_000
  utimesSync(path, at, at)
}

async function listed(screen: string, title?: string): Promise<readonly string[]> {
  const look = { dead: false, screen: async () => screen, ...(title !== undefined && { title }) }
  const asks = await listAsksOf(stateDir, look, sight)
  return asks?.map(({ id }) => id).toSorted() ?? []
}

/** As after so many looks, some time apart. */
async function listedLater(screen: string, title?: string): Promise<readonly string[]> {
  await listed(screen, title)
  passedMs += 1_000
  return await listed(screen, title)
}

const kept = (): readonly string[] => readdirSync(join(stateDir, 'permissions'))

describe('what Codex asks', () => {
  it('is what its hook holds back, and what its hook left to dialogs, which stand one behind the other', async () => {
    put('1-1.ask', 'make')
    put('2-1.dialog', command, 60_000)
    put('3-1.dialog', 'rm -rf other', 60_000)
    expect(await listedLater(dialog)).toEqual(['1-1', '2-1', '3-1'])
  })

  it('is one thing while its hook ends', async () => {
    put('1-1.ask', 'make')
    put('1-1.dialog', 'make')
    expect(await listed(dialog)).toEqual(['1-1'])
  })

  it.each(['permission-lines', 'permission-long'])(
    'is asked for as long as its dialog stands, also when that does not tell its command whole: %s',
    async (name) => {
      const screen = fixtureScreen('codex', name)
      put('2-1.dialog', name === 'permission-lines' ? 'touch a\n$ ls -l\n$ touch b' : longCommand, 3_600_000)
      expect(await listedLater(screen)).toEqual(['2-1'])
      expect(await listedLater(screen, fixtureTitle('codex', name))).toEqual(['2-1'])
      expect(await listedLater(idle)).toEqual([])
      expect(kept()).toEqual([])
    },
  )

  it('is still asked while its dialog is being drawn, and no longer once the dialog is gone', async () => {
    put('2-1.dialog', command)
    expect(await listedLater(idle)).toEqual(['2-1'])
    expect(await listed(dialog)).toEqual(['2-1'])
    expect(await listed(idle), 'for one look the screen may be empty').toEqual(['2-1'])
    expect(await listed(dialog)).toEqual(['2-1'])
    passedMs += 1_000
    expect(await listed(idle)).toEqual(['2-1'])
    passedMs += 1_000
    expect(await listed(idle)).toEqual([])
    expect(kept()).toEqual([])
  })

  it('is asked while the title says so, whatever covers the dialog', async () => {
    put('2-1.dialog', command, 60_000)
    expect(await listed(dialog)).toEqual(['2-1'])
    expect(await listedLater(idle, fixtureTitle('codex', 'permission'))).toEqual(['2-1'])
    expect(await listedLater(idle, fixtureTitle('codex', 'idle'))).toEqual([])
  })

  it('is over when the dialog of another one has followed its own', async () => {
    put('2-1.dialog', command, 60_000)
    put('3-1.dialog', `${command}0`, 60_000)
    expect(await listed(dialog)).toEqual(['2-1', '3-1'])
    const next = dialog.replaceAll('esc1', 'esc10')
    expect(await listedLater(next, fixtureTitle('codex', 'permission'))).toEqual(['3-1'])
  })

  it('is forgotten when its dialog never came', async () => {
    put('2-1.dialog', command, 60_000)
    expect(await listedLater(idle)).toEqual([])
    expect(kept()).toEqual([])
  })
})

describe('a dialog of Codex', () => {
  const ask = (subject: string, isPartial = false): ReturnType<typeof createAsk> =>
    createAsk({ id: '1-1', tool: 'Bash', subject, askedAt: 0, isPartial })

  it('is that of the request whose whole command it shows', () => {
    expect(showsAsk(dialog, ask(command), codexDialogs)).toBe(true)
  })

  it.each([
    ['another command', ask('touch /home/dev/my-project/tmp/esc2')],
    ['a longer one', ask(`${command}/more`)],
    ['the end of one', ask('/home/dev/my-project/tmp/esc1')],
    ['a beginning', ask(command.slice(0, -1))],
    ['a word', ask('touch')],
    ['a part', ask(command, true)],
    ['nothing', ask('')],
    ['more than a screen is sure to hold', ask('x'.repeat(2_000))],
  ])('is not that of %s', (_what, other) => {
    expect(showsAsk(dialog, other, codexDialogs)).toBe(false)
  })
})

it('a dialog whose words imitate another command is that of none', () => {
  const lines = (text: string): string => dialog.replace('fake needs it', `fake\n\n  $ ${text}`)
  const harmless = createAsk({ id: '1-1', tool: 'Bash', subject: 'ls', askedAt: 0 })
  expect(showsAsk(lines('ls'), harmless, codexDialogs)).toBe(false)
  expect(showsAsk(lines('ls'), { ...harmless, subject: command }, codexDialogs)).toBe(false)
})
