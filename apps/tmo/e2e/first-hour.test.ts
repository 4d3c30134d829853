import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { exec, Room, tmoProgram, waitFor } from './room.ts'
import { Terminal } from './terminal.ts'

const spec = '# Notes\n\n- [ ] Write `one.md`\n'

/** Programs that only tell their versions, the only ones of their kind on the PATH; the one that is named is logged in. */
function installPrograms(room: Room, ...names: readonly string[]): void {
  const bin = join(room.folder, 'bin')
  mkdirSync(bin, { recursive: true })
  const versions: Readonly<Record<string, string>> = {
    claude: '2.1.330 (Claude Code)',
    codex: 'codex-cli 0.150.0',
  }
  for (const name of names) {
    writeFileSync(join(bin, name), `#!/bin/sh\necho '${versions[name]}'\n`)
    chmodSync(join(bin, name), 0o755)
  }
  room.env['PATH'] = [bin, dirname(process.execPath), '/usr/bin', '/bin'].join(delimiter)
  room.env['ANTHROPIC_AUTH_TOKEN'] = 'dummy'
  writeFileSync(join(room.folder, 'user', '.claude.json'), '{ "hasCompletedOnboarding": true }')
}

const dryRun = (room: Room, project: string): Terminal =>
  new Terminal(room, process.execPath, tmoProgram, 'run', '--project', project, '--dry-run')

const ended = async (terminal: Terminal): Promise<string> => {
  await waitFor('the end of the command', () => terminal.ended() !== undefined)
  return terminal.history()
}

describe('tmo run without flags on a terminal', () => {
  it('takes the spec.md of the project and the only agent program that is installed, and says so', async () => {
    await using room = new Room()
    installPrograms(room, 'claude')
    const project = await room.project({ 'docs/Spec.md': spec })
    using terminal = dryRun(room, project)
    const screen = await ended(terminal)
    expect(screen).toContain('agent program: claude, the only one that is installed')
    expect(screen).toContain('Write one.md')
    expect(terminal.ended()).toBe(0)
  })

  it('asks one question where several are installed, which also agrees to what the settings run', async () => {
    await using room = new Room()
    installPrograms(room, 'claude', 'codex')
    const project = await room.project({
      'spec.md': spec,
      '.tmo/config.yaml': 'verify: touch /nowhere/ran\n',
    })
    using terminal = new Terminal(room, process.execPath, tmoProgram, 'run', '--project', project)
    await waitFor('the question', () => terminal.screen().includes('Which agent program'))
    expect(terminal.screen()).toContain('touch /nowhere/ran')
    terminal.press('sim', 'Enter')
    const screen = await ended(terminal)
    expect(screen).not.toMatch(/Agree/)
    expect(terminal.ended(), screen).toBe(0)
    expect(screen).toMatch(/^state +running$/m)
  })

  it('names with that question what the root of the repository runs and allows, also from a folder below it', async () => {
    await using room = new Room()
    installPrograms(room, 'claude', 'codex')
    const project = await room.project({
      'sub/spec.md': spec,
      '.tmo/config.yaml': "verify: touch /nowhere/ran\npermissions:\n  '*':\n    allow: ['Bash(evil)']\n",
    })
    const sub = join(project, 'sub')
    using terminal = new Terminal(room, process.execPath, tmoProgram, 'run', '--project', sub)
    await waitFor('the question', () => terminal.screen().includes('Which agent program'))
    expect(terminal.screen()).toContain('verify: touch /nowhere/ran')
    expect(terminal.screen()).toContain('may Bash(evil)')
    terminal.press('sim', 'Enter')
    const screen = await ended(terminal)
    expect(screen).not.toMatch(/Agree/)
    expect(terminal.ended(), screen).toBe(0)
    const { values } = await room.json<{ values: { key: string; value: unknown; origin: string }[] }>([
      ...['config', 'show', '--project', sub],
    ])
    expect(values.find(({ key }) => key === 'verify')).toEqual({
      key: 'verify',
      value: 'touch /nowhere/ran',
      origin: join(project, '.tmo/config.yaml'),
    })
  })

  it('names with that question the hooks of the repository too, and asks no other', async () => {
    await using room = new Room()
    installPrograms(room, 'claude', 'codex')
    const project = await room.project({
      'spec.md': spec,
      '.tmo/config.yaml': 'verify: touch /nowhere/ran\nsetup: .tmo/setup\n',
      '.tmo/setup': '#!/bin/sh\ntrue\n',
    })
    using terminal = new Terminal(room, process.execPath, tmoProgram, 'run', '--project', project)
    await waitFor('the question', () => terminal.screen().includes('Which agent program'))
    expect(terminal.screen()).toMatch(/verify: touch[\s\S]*setup: .tmo\/setup \(sha256 [0-9a-f]{64}\)/)
    terminal.press('sim', 'Enter')
    await waitFor(
      'the end, or another question',
      () => terminal.ended() !== undefined || terminal.screen().includes('Agree, until it changes?'),
    )
    const screen = terminal.history()
    expect(screen).not.toMatch(/Agree/)
    expect(terminal.ended(), screen).toBe(0)
    expect(screen).toMatch(/^state +running$/m)
  })

  it.each([
    ['none before', ''],
    ['another command before', 'verify: touch /nowhere/before\n'],
    ['a rule more', 'verify: touch /nowhere/after\n'],
  ])('asks for settings that changed while it asked: %s', async (_, before) => {
    await using room = new Room()
    installPrograms(room, 'claude', 'codex')
    const project = await room.project({ 'spec.md': spec, '.tmo/config.yaml': before })
    using terminal = new Terminal(room, process.execPath, tmoProgram, 'run', '--project', project)
    await waitFor('the question', () => terminal.screen().includes('Which agent program'))
    const after = "verify: touch /nowhere/after\npermissions:\n  '*':\n    allow: ['Bash(evil)']\n"
    writeFileSync(join(project, '.tmo/config.yaml'), after)
    terminal.press('sim', 'Enter')
    await waitFor('the other question', () => terminal.screen().includes('Agree, until it changes?'))
    expect(terminal.screen()).toMatch(/verify: touch \/nowhere\/after[\s\S]*may Bash\(evil\)/)
    terminal.press('no', 'Enter')
    const screen = await ended(terminal)
    expect(terminal.ended(), screen).toBe(1)
    expect(screen).toContain('nobody has agreed to the commands of')
    expect(existsSync(join(room.home, 'consents.json'))).toBe(false)
  })

  it('does not choose between two specs, and says how to name one', async () => {
    await using room = new Room()
    const project = await room.project({ 'spec.md': spec, 'docs/spec.md': spec })
    const refused = await room.tmo(['run', '--project', project, '--agent', 'sim'])
    expect([refused.code, refused.stderr]).toEqual([
      2,
      expect.stringContaining(`hint: --spec ${join(project, 'spec.md')}`),
    ])
    const none = await room.tmo(['run', '--project', room.folder, '--agent', 'sim'])
    expect([none.code, none.stderr]).toEqual([2, expect.stringContaining('--spec FILE')])
  })
})

describe('an error of the first hour ends with the command that mends it', () => {
  it('where there is no repository, and where there is no commit', async () => {
    await using room = new Room()
    room.env['GIT_CONFIG_COUNT'] = '2'
    Object.assign(room.env, { GIT_CONFIG_KEY_0: 'user.name', GIT_CONFIG_VALUE_0: 'Ada' })
    Object.assign(room.env, { GIT_CONFIG_KEY_1: 'user.email', GIT_CONFIG_VALUE_1: 'ada@example.org' })
    const plain = join(room.folder, 'plain')
    const unborn = join(room.folder, 'unborn')
    for (const folder of [plain, unborn]) {
      mkdirSync(folder)
      writeFileSync(join(folder, 'spec.md'), spec)
    }
    await room.git(unborn, 'init', '--quiet')
    for (const folder of [plain, unborn]) {
      const argv = ['run', '--project', folder, '--agent', 'sim', '--dry-run']
      const refused = await room.tmo(argv)
      expect(refused.code).toBe(1)
      const [, hint = ''] = /hint: (?:say --project DIR, or make it one: )?(.*)/.exec(refused.stderr) ?? []
      expect(await exec('sh', ['-c', hint], { cwd: room.folder, env: room.env })).toMatchObject({ code: 0 })
      expect(await room.tmo(argv)).toMatchObject({ code: 0 })
    }
  })

  it.each([
    ['is not logged in', '', /not logged in.*`claude`.*ANTHROPIC_API_KEY/],
    ['does not trust the repository', 'dummy', /`claude` in \S+ once and trust it, or give --trust/],
  ])('where a program %s', async (_, token, words) => {
    await using room = new Room()
    installPrograms(room, 'claude')
    room.env['ANTHROPIC_AUTH_TOKEN'] = token
    const project = await room.project({ 'spec.md': spec })
    const refused = await room.tmo(['run', '--project', project, '--agent', 'claude'])
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringMatching(words)])
  })
})
