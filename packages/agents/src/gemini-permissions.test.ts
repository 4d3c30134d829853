import { describe, expect, it } from 'vitest'
import { fixtureScreen } from '../test/fixture-screens.ts'
import { parseScreen } from './ansi.ts'
import { showsAsk } from './dialog-asks.ts'
import { geminiDialogs } from './gemini-permissions.ts'
import { createAsk, type PermissionAsk } from './permission.ts'
import { parsePermission } from './permission-payload.ts'

const place = { id: '1-1', askedAt: 1_000 }
const dialog = parseScreen(fixtureScreen('gemini', 'permission'))
  .map(({ text }) => text)
  .join('\n')
const command = 'touch /home/dev/my-project/tmp/gg'

function told(details: object, more: object = {}): PermissionAsk | undefined {
  const event = { cwd: '/work', notification_type: 'ToolPermission', details, ...more }
  return parsePermission(JSON.stringify(event), place)
}

const shell = (subject: string): PermissionAsk => createAsk({ ...place, tool: 'run_shell_command', subject })

describe('what Gemini CLI tells of a dialog', () => {
  it.each([
    [
      { type: 'exec', command: 'make all' },
      { tool: 'run_shell_command', subject: 'make all', isPartial: false },
    ],
    [
      { type: 'edit', filePath: '/work/docs/../a.md' },
      { tool: 'write_file', subject: 'a.md', isPartial: false },
    ],
    [
      { type: 'edit', filePath: '/etc/passwd' },
      { tool: 'write_file', subject: '/etc/passwd' },
    ],
    [
      { type: 'mcp', serverName: 'db', toolName: 'drop' },
      { tool: 'mcp__db__drop', isPartial: true },
    ],
    [
      { type: 'info', prompt: 'Read http://a' },
      { tool: 'web_fetch', isPartial: true },
    ],
    [
      { type: 'ask_user', title: 'Which one?' },
      { tool: 'unknown', isQuestion: true },
    ],
    [{ type: 'exec' }, { tool: 'unknown', isPartial: true, isQuestion: false }],
    [{}, { tool: 'unknown', isPartial: true }],
  ])('%j is a request that says as much', (details, ask) => {
    expect(told(details)).toMatchObject(ask)
  })

  it('is no request when it tells of something else', () => {
    expect(told({ type: 'exec', command }, { notification_type: 'Other' })).toBeUndefined()
  })
})

describe('the dialog of Gemini CLI', () => {
  it('shows its command and no other', () => {
    expect(showsAsk(dialog, shell(command), geminiDialogs)).toBe(true)
    for (const other of ['touch /home/dev/my-project/tmp/g', `${command} x`, ''])
      expect(showsAsk(dialog, shell(other), geminiDialogs)).toBe(false)
  })

  it('shows a command whole over several rows, and none that is cut', () => {
    const row = (text: string): string => `│ │ ${text.padEnd(112)} │ │`
    const rows = (...texts: readonly string[]): string =>
      dialog.replace(/^│ │ touch .*$/m, texts.map(row).join('\n'))
    const long = `${'a '.repeat(56)}b`
    expect(showsAsk(rows('a '.repeat(56), 'b'), shell(long), geminiDialogs)).toBe(true)
    expect(showsAsk(rows('... first 3 lines hidden ...', 'b'), shell(long), geminiDialogs)).toBe(false)
    expect(showsAsk(rows('b'), shell(long), geminiDialogs)).toBe(false)
    expect(showsAsk(rows(command, '╰──╯ │'), shell(command), geminiDialogs)).toBe(false)
  })

  it('of a file shows no command', () => {
    const edit = createAsk({ ...place, tool: 'write_file', subject: command })
    expect(showsAsk(dialog, edit, geminiDialogs)).toBe(false)
    expect(showsAsk(dialog, { ...shell(command), isPartial: true }, geminiDialogs)).toBe(false)
    expect(showsAsk(fixtureScreen('gemini', 'idle'), shell(command), geminiDialogs)).toBe(false)
  })
})
