import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { Room } from './room.ts'

interface Doctor {
  readonly findings: readonly {
    readonly what: string
    readonly ok: boolean
    readonly found: string
    readonly remedy: string | null
    readonly agent?: {
      readonly status: string
      readonly version: string | null
      readonly problems: readonly { readonly what: string; readonly remedy: string }[]
      readonly watchedOnly: string | null
    }
  }[]
}

/** A program that only tells its version, first on PATH; the others of the machine cannot be found. */
function install(room: Room, name: string, version: string): void {
  const bin = join(room.folder, 'bin')
  mkdirSync(bin, { recursive: true })
  writeFileSync(join(bin, name), `#!/bin/sh\necho '${version}'\n`)
  chmodSync(join(bin, name), 0o755)
  if (!room.env['PATH']?.startsWith(bin)) room.env['PATH'] = [bin, room.env['PATH']].join(delimiter)
}

function writeClaudeConfig(room: Room, config: object): void {
  writeFileSync(join(room.folder, 'user', '.claude.json'), JSON.stringify(config))
}

const lineOf = ({ findings }: Doctor, what: string) => findings.find((finding) => finding.what === what)

const agentOf = ({ findings }: Doctor, program: string) =>
  findings.find((finding) => finding.what === `agent ${program}`)

describe('tmo doctor says of each agent program what its adapter reports', () => {
  it('version, and each thing that it would ask a human at its start, with the remedy', async () => {
    await using room = new Room()
    install(room, 'claude', '2.1.330 (Claude Code)')
    const claude = agentOf(await room.json<Doctor>(['doctor']), 'claude')
    expect(claude).toMatchObject({ ok: false, agent: { status: 'not-ready', version: '2.1.330' } })
    expect(claude?.agent?.problems).toHaveLength(2)
    const { stdout } = await room.tmo(['doctor'])
    for (const { what, remedy } of claude?.agent?.problems ?? []) {
      expect(stdout).toContain(what)
      expect(stdout).toContain(remedy)
    }
  })

  it('ready once nothing is asked, and with --project not yet where the repository is not trusted', async () => {
    await using room = new Room()
    install(room, 'claude', '2.1.330 (Claude Code)')
    room.env['ANTHROPIC_AUTH_TOKEN'] = 'dummy'
    const project = await room.project({ 'a.txt': 'a\n' })
    writeClaudeConfig(room, { hasCompletedOnboarding: true })
    expect(agentOf(await room.json<Doctor>(['doctor']), 'claude')).toMatchObject({
      ok: true,
      agent: { status: 'ready', version: '2.1.330', problems: [], watchedOnly: null },
    })
    const asked = agentOf(await room.json<Doctor>(['doctor', '--project', project]), 'claude')
    expect(asked?.agent?.problems.map((problem) => problem.what).join()).toContain(project)
    const nowhere = await room.tmo(['doctor', '--project', room.folder])
    expect([nowhere.code, nowhere.stderr]).toEqual([2, expect.stringMatching(/not inside a git repository/)])
  })

  it('not ready for what the settings of a project choose and it would refuse, which no run begins with', async () => {
    await using room = new Room()
    install(room, 'claude', '2.1.330 (Claude Code)')
    room.env['ANTHROPIC_AUTH_TOKEN'] = 'dummy'
    const project = await room.project({ 'spec.md': '- [ ] Write `one.md`\n' })
    const trusted = { [project]: { hasTrustDialogAccepted: true } }
    writeClaudeConfig(room, { hasCompletedOnboarding: true, projects: trusted })
    const doctor = (code = 0) => room.json<Doctor>(['doctor', '--project', project], code)
    const folder = join(room.folder, 'user', '.config', 'tmux-orchestrator')
    mkdirSync(folder, { recursive: true })
    const settings = join(folder, 'config.yaml')
    writeFileSync(settings, 'agent: claude\npermissionMode: nonsense\n')
    expect(agentOf(await doctor(), 'claude')?.agent).toMatchObject({
      status: 'not-ready',
      problems: [
        { what: 'claude has no permission mode nonsense', remedy: expect.stringContaining('acceptEdits') },
      ],
    })
    const argv = ['run', '--project', project, '--spec', join(project, 'spec.md'), '--verify', 'true']
    const refused = await room.tmo(argv)
    expect([refused.code, refused.stderr]).toEqual([
      2,
      expect.stringMatching(/claude has no permission mode nonsense[\s\S]*It knows: default, acceptEdits/),
    ])
    expect(await room.json(['list', '--all'])).toMatchObject({ orchestrations: [] })
    writeFileSync(settings, 'agent: claude\n')
    expect(agentOf(await doctor(), 'claude')).toMatchObject({ ok: true })
    writeFileSync(settings, 'agnt: claude\n')
    expect(lineOf(await doctor(3), 'settings')).toMatchObject({
      ok: false,
      found: expect.stringContaining('agnt'),
    })
  })

  it('watched only when its version was never tested, until the user widens the range', async () => {
    await using room = new Room()
    install(room, 'claude', '7.0.1 (Claude Code)')
    room.env['ANTHROPIC_AUTH_TOKEN'] = 'dummy'
    writeClaudeConfig(room, { hasCompletedOnboarding: true })
    const claude = agentOf(await room.json<Doctor>(['doctor']), 'claude')
    expect(claude).toMatchObject({ ok: false, agent: { status: 'ready', version: '7.0.1' } })
    expect(claude?.agent?.watchedOnly).toMatch(/7\.0\.1.*not typed into/)
    const rules = join(room.home, 'screen-rules', 'claude.json')
    expect(claude?.remedy).toContain(rules)
    expect((await room.tmo(['doctor'])).stdout).toMatch(/^watched +agent claude +7\.0\.1 /m)
    mkdirSync(join(room.home, 'screen-rules'), { recursive: true, mode: 0o700 })
    writeFileSync(rules, JSON.stringify({ version: 'mine', tested: { from: '7.0', below: '8' } }))
    const widened = agentOf(await room.json<Doctor>(['doctor']), 'claude')
    expect(widened).toMatchObject({ ok: true, agent: { watchedOnly: null } })
  })
})

describe('tmo doctor looks at the database as a start would', () => {
  it('before the first run, while a daemon uses it, and changes nothing', async () => {
    await using room = new Room()
    const before = await room.json<Doctor>(['doctor'])
    expect(lineOf(before, 'database')).toMatchObject({
      ok: true,
      found: expect.stringMatching(/made by the first run/),
    })
    expect(existsSync(room.home)).toBe(false)
    await room.json(['list'])
    const doctor = await room.json<Doctor>(['doctor'])
    expect(lineOf(doctor, 'database')).toMatchObject({
      ok: true,
      found: expect.stringMatching(/tmo\.db, [\d.]+ kB, whole, its schema is current$/),
    })
    expect(lineOf(doctor, 'daemon')?.found).toContain(`pid ${room.daemonPid()}`)
  })

  it.each([
    [
      'no database',
      (file: string) => writeFileSync(file, 'notes\n'.repeat(2_000)),
      /not a database/,
      /move the file away/,
    ],
    [
      'a folder',
      (file: string) => mkdirSync(join(file, 'x'), { recursive: true }),
      /folder, not a database/,
      /owner and mode/,
    ],
  ])('that is %s, with what to do', async (_, make, found, remedy) => {
    await using room = new Room()
    mkdirSync(room.home, { mode: 0o700 })
    const file = join(room.home, 'tmo.db')
    make(file)
    const line = lineOf(await room.json<Doctor>(['doctor'], 3), 'database')
    rmSync(file, { recursive: true })
    expect(line).toMatchObject({
      ok: false,
      found: expect.stringMatching(found),
      remedy: expect.stringMatching(remedy),
    })
  })

  it('that is damaged, with the way back', async () => {
    await using room = new Room()
    await room.json(['list'])
    await room.tmo(['daemon', 'stop'])
    const file = join(room.home, 'tmo.db')
    const whole = readFileSync(file)
    writeFileSync(file, Buffer.from(whole).fill(0x55, 8192, whole.length - 4096))
    const line = lineOf(await room.json<Doctor>(['doctor'], 3), 'database')
    writeFileSync(file, whole)
    expect(line).toMatchObject({
      ok: false,
      found: expect.stringMatching(/damaged/),
      remedy: expect.stringMatching(/restore/),
    })
  })
})
