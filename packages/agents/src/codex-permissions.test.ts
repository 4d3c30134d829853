import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { fixtureScreen } from '../test/fixture-screens.ts'
import { CodexAdapter } from './codex.ts'
import { listCodexAsks, showsCommand } from './codex-permissions.ts'
import { createAsk } from './permission.ts'

const command = 'touch /home/dev/my-project/tmp/esc1'
const dialog = fixtureScreen('codex', 'permission')
const idle = fixtureScreen('codex', 'idle')
const adapter = new CodexAdapter({})

let stateDir: string
let seen: Set<string>
beforeEach(() => {
  stateDir = mkdtempSync(join(tmpdir(), 'tmo-codex-'))
  mkdirSync(join(stateDir, 'permissions'))
  seen = new Set()
})
afterEach(() => rmSync(stateDir, { recursive: true }))

function put(name: string, subject: string, ageMs = 0): void {
  const path = join(stateDir, 'permissions', name)
  writeFileSync(path, JSON.stringify({ tool_name: 'Bash', tool_input: { command: subject } }))
  const at = (Date.now() - ageMs) / 1_000
  utimesSync(path, at, at)
}

async function listed(screen: string): Promise<readonly string[]> {
  const sight = { readScreen: (text: string) => adapter.readScreen(text), seen }
  const asks = await listCodexAsks(stateDir, { dead: false, screen: async () => screen }, sight)
  return asks?.map(({ id }) => id) ?? []
}

const kept = (): readonly string[] => readdirSync(join(stateDir, 'permissions'))

describe('what Codex asks', () => {
  it('is what its hook holds back, and what stands as a dialog on its screen', async () => {
    put('1-1.ask', 'make')
    put('2-1.dialog', command, 60_000)
    put('3-1.dialog', 'rm -rf other', 60_000)
    expect((await listed(dialog)).toSorted()).toEqual(['1-1', '2-1'])
    expect(kept(), 'it may stand behind the dialog of another').toContain('3-1.dialog')
  })

  it('is still asked while its dialog is being drawn, and no longer once the dialog is gone', async () => {
    put('2-1.dialog', command)
    expect(await listed(idle)).toEqual(['2-1'])
    expect(await listed(dialog)).toEqual(['2-1'])
    expect(await listed(idle)).toEqual([])
    expect(kept()).toEqual([])
  })

  it('is forgotten when its dialog was never seen', async () => {
    put('2-1.dialog', command, 60_000)
    expect(await listed(idle)).toEqual([])
    expect(kept()).toEqual([])
  })
})

describe('a dialog of Codex', () => {
  const ask = (subject: string, isPartial = false): ReturnType<typeof createAsk> =>
    createAsk({ id: '1-1', tool: 'Bash', subject, askedAt: 0, isPartial })

  it('is that of the request whose whole command it shows', () => {
    expect(showsCommand(dialog, ask(command))).toBe(true)
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
    expect(showsCommand(dialog, other)).toBe(false)
  })
})

it('a dialog whose words imitate another command is that of none', () => {
  const lines = (text: string): string => dialog.replace('fake needs it', `fake\n\n  $ ${text}`)
  const harmless = createAsk({ id: '1-1', tool: 'Bash', subject: 'ls', askedAt: 0 })
  expect(showsCommand(lines('ls'), harmless)).toBe(false)
  expect(showsCommand(lines('ls'), { ...harmless, subject: command })).toBe(false)
})
