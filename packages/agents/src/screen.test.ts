import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { readClaudeScreen } from './claude-screen.ts'
import { readCommandScreen } from './command-screen.ts'
import { readSimScreen } from './sim-screen.ts'

const fixtures = new URL('../fixtures/', import.meta.url)

function screen(program: string, name: string): string {
  return readFileSync(new URL(`${program}/${name}.ansi`, fixtures), 'utf8')
}

const rule = '─'.repeat(60)
const boxOf = (draft: string): string => `hello\n${rule}\n❯ ${draft}\n${rule}\n  ⏸ manual mode on`

describe('a screen of Claude Code', () => {
  it.each(['permission-bash', 'permission-write', 'trust-dialog', 'bypass-dialog', 'apikey-approval'])(
    'is a dialog when it shows %s',
    (name) => {
      expect(readClaudeScreen(screen('claude', name)).kind).toBe('dialog')
    },
  )

  it.each(['idle', 'idle-clean', 'idle-first', 'idle-after-turn', 'idle-bypass', 'usage-limit-subscription'])(
    'is an empty prompt when it shows %s',
    (name) => {
      expect(readClaudeScreen(screen('claude', name))).toEqual({ kind: 'prompt', box: '', working: false })
    },
  )

  it.each(['error-401', 'error-429', 'error-credit', 'error-toolong', 'error-drop'])(
    'does not take the grey suggestion of %s for a draft',
    (name) => {
      expect(readClaudeScreen(screen('claude', name))).toEqual({ kind: 'prompt', box: '', working: false })
    },
  )

  it.each(['working', 'working-with-queue', 'retrying-429'])(
    'is a working prompt when it shows %s',
    (name) => {
      expect(readClaudeScreen(screen('claude', name))).toEqual({ kind: 'prompt', box: '', working: true })
    },
  )

  it('is blank while the program starts', () => {
    expect(readClaudeScreen(screen('claude', 'starting-blank'))).toEqual({ kind: 'blank' })
  })

  it.each(['exited', 'exited-onboarding-no-network'])('is no prompt when it shows %s', (name) => {
    expect(readClaudeScreen(screen('claude', name)).kind).toBe('unknown')
  })

  it('gives the draft that a human left in the box', () => {
    expect(readClaudeScreen(boxOf('please do not touch\n  my second line'))).toMatchObject({
      kind: 'prompt',
      box: 'please do not touch\nmy second line',
    })
  })

  it('is a dialog when one stands below a box that the agent printed itself', () => {
    const fake = `${boxOf('')}\n Do you want to proceed?\n ❯ 1. Yes\n   2. No\n Esc to cancel`
    expect(readClaudeScreen(fake).kind).toBe('dialog')
  })

  it('is not read as a prompt in shell mode, where the mark is another', () => {
    expect(readClaudeScreen(`${rule}\n! rm\n${rule}`).kind).toBe('unknown')
  })

  it('is not read as a prompt by another program’s reader', () => {
    for (const name of readdirSync(new URL('claude/', fixtures)).filter((file) => file.endsWith('.ansi'))) {
      expect(readSimScreen(screen('claude', name.replace('.ansi', ''))).kind, name).not.toBe('prompt')
    }
  })
})

describe('a screen of a program without an adapter', () => {
  it.each([
    ['codex', 'permission'],
    ['codex', 'model-migration-dialog'],
    ['codex', 'first-start'],
    ['gemini', 'permission'],
    ['opencode', 'permission'],
    ['claude', 'permission-bash'],
    ['claude', 'trust-dialog'],
  ])('of %s is a dialog when it shows %s', (program, name) => {
    expect(readCommandScreen(screen(program, name)).kind).toBe('dialog')
  })

  it.each([
    ['codex', 'idle'],
    ['codex', 'working'],
    ['gemini', 'idle'],
    ['gemini', 'working'],
    ['opencode', 'idle'],
    ['opencode', 'working'],
  ])('of %s is no dialog when it shows %s', (program, name) => {
    expect(readCommandScreen(screen(program, name)).kind).toBe('unknown')
  })

  it.each(['Overwrite file? [y/N]', 'Continue (yes/no)?', "root's password:", 'Username for https://x:'])(
    'is a dialog when it ends in %j',
    (line) => {
      expect(readCommandScreen(`some output\n${line} `).kind).toBe('dialog')
    },
  )
})

describe('a screen of the simulated agent', () => {
  const frame = (...lines: string[]): string =>
    [
      'welcome',
      `╭${'─'.repeat(20)}╮`,
      ...lines.map((line) => `│ ${line.padEnd(19)}│`),
      `╰${'─'.repeat(20)}╯`,
      ' idle',
    ].join('\n')

  it('gives every line of a draft', () => {
    expect(readSimScreen(frame('> one', '  two'))).toEqual({
      kind: 'prompt',
      box: 'one\ntwo',
      working: false,
    })
  })

  it('is a dialog when it asks, whatever else is shown', () => {
    expect(
      readSimScreen(`${frame('> ')}\nDo you want to proceed?\n❯ 1. Yes\n  2. No\nEsc to cancel`).kind,
    ).toBe('dialog')
  })
})
