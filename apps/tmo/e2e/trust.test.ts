import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { Room, tmoProgram, waitFor } from './room.ts'
import { installClaude } from './stand-in-claude.ts'
import { Terminal } from './terminal.ts'

const spec = '# Notes\n\n- [ ] Write `one.md`\n'

/** A user who was set up and trusts no repository; odd white space, which a file that is written anew would lose. */
const settings = '{"hasCompletedOnboarding":true,\n\n  "theme":   "dark"}\n'

it('the question whether a program may work in a repository is asked on a terminal once: no leaves its settings, yes keeps a copy', async () => {
  await using room = new Room()
  installClaude(room)
  const file = join(room.folder, 'claude', '.claude.json')
  writeFileSync(file, settings)
  const project = await room.project({ 'spec.md': spec })
  const asked = async (answer: string): Promise<string> => {
    const argv = ['run', '--project', project, '--agent', 'claude', '--roles', 'developer']
    using terminal = new Terminal(room, process.execPath, tmoProgram, ...argv, '--verify', 'test -e never')
    await waitFor('the question', () => terminal.screen().includes('Agree?'))
    expect(terminal.history().replaceAll('\n', '')).toContain(`claude would work in ${project}`)
    expect(readFileSync(file, 'utf8')).toBe(settings)
    terminal.press(answer, 'Enter')
    await waitFor('the end of the command', () => terminal.ended() !== undefined)
    expect(terminal.history().split('Agree?')).toHaveLength(2)
    return `${terminal.ended()}\n${terminal.history()}`
  }

  expect(await asked('n')).toMatch(/^1\n[\s\S]*--trust/)
  expect(readFileSync(file, 'utf8')).toBe(settings)
  expect(existsSync(`${file}.tmo-backup`)).toBe(false)
  expect(await room.json(['list'])).toMatchObject({ orchestrations: [] })

  expect(await asked('y')).toMatch(/^0\n[\s\S]*state +running/)
  expect(readFileSync(`${file}.tmo-backup`, 'utf8')).toBe(settings)
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({
    hasCompletedOnboarding: true,
    theme: 'dark',
    projects: { [project]: { hasTrustDialogAccepted: true } },
  })
})
