import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { Room, tmoProgram, waitFor } from './room.ts'
import { installClaude } from './stand-in-claude.ts'
import { Terminal } from './terminal.ts'

const spec = '# Notes\n\n## Tasks\n\n- [ ] Write `notes/one.md`\n'
const policy = `permissionMode: bypassPermissions
permissions:
  '*':
    deny: ['Bash(rm *)']
  developer:
    allow: ['Bash(npm test *)', "Bash(evil \\e[2J*)"]
`

interface Plans {
  readonly plans: readonly {
    readonly permissions?: object
    readonly programOptions: object
    readonly ignored?: { readonly what: readonly string[] }
  }[]
}

async function clone(room: Room): Promise<{ readonly project: string; readonly argv: readonly string[] }> {
  const project = await room.project({ 'spec.md': spec, '.tmo/config.yaml': policy })
  const argv = ['run', '--project', project, '--spec', `${project}/spec.md`, '--roles', 'developer']
  return { project, argv: [...argv, '--agent', 'claude'] }
}

const waiting = async (room: Room, id: string) =>
  (await room.json<{ permissions: readonly object[] }>(['status', id])).permissions
const decision = (said: string) => JSON.parse(said).hookSpecificOutput.decision

describe('what a cloned repository would let its agents do', () => {
  it('is told and left out where nobody can be asked; what it denies holds', async () => {
    await using room = new Room()
    const claude = installClaude(room)
    const { argv, project } = await clone(room)
    const dry = await room.tmo([...argv, '--dry-run', '--json'])
    expect(dry.stderr).toContain(`${join(project, '.tmo', 'config.yaml')} would let agents do without asking`)
    expect(dry.stderr).toContain('Bash(npm test *)')
    expect(dry.stderr).toContain('--trust')
    expect(dry.stderr).not.toContain('\u001b[2J')
    const [plan] = (JSON.parse(dry.stdout) as Plans).plans
    expect(plan?.ignored?.what).toContain('permissionMode: bypassPermissions')
    expect(plan?.programOptions).toEqual({})
    expect(plan?.permissions).toEqual({
      '*': { allow: [], deny: ['Bash(rm *)'] },
      developer: { allow: [], deny: [] },
    })

    const { id } = await room.json(argv)
    claude.ask('npm test -- a')
    await waitFor('the request', async () => (await waiting(room, id)).length === 1)
    expect(claude.peek()).toBeUndefined()
    expect((await room.tmo(['deny', `${id}/developer`])).code).toBe(0)
    expect(decision(await claude.answer())).toMatchObject({ behavior: 'deny' })
    claude.ask('rm -r out')
    expect(decision(await claude.answer())).toMatchObject({ behavior: 'deny' })
  })

  it('holds once somebody agreed, until it changes', async () => {
    await using room = new Room()
    installClaude(room)
    const { argv, project } = await clone(room)
    const dry = async (...more: readonly string[]) => {
      const { code, stdout, stderr } = await room.tmo([...argv, '--dry-run', '--json', ...more])
      expect(code, stderr).toBe(0)
      return { stderr, plan: (JSON.parse(stdout) as Plans).plans[0] }
    }
    expect((await dry('--trust')).plan?.ignored, 'a dry run records nothing').toBeDefined()
    expect((await dry()).plan?.ignored).toBeDefined()
    // As root Claude Code refuses that mode, after the consent was recorded.
    await room.tmo([...argv, '--trust', '--permission-mode', 'default'])
    const agreed = await dry()
    expect([agreed.plan?.ignored, agreed.stderr]).toEqual([undefined, ''])
    expect(agreed.plan?.programOptions).toEqual({ permissionMode: 'bypassPermissions' })
    writeFileSync(join(project, '.tmo', 'config.yaml'), policy.replace('npm test', 'npm'))
    expect((await dry()).plan?.ignored?.what).toContain('permissions: developer may Bash(npm *)')
    const shown = await room.tmo(['config', 'show', '--project', project])
    expect(shown.stderr).toContain('nobody has agreed')
    expect(shown.stdout).not.toContain('bypassPermissions')
  })
})

describe('the commands that a cloned repository names', () => {
  const commands = (verify: string): string => `agent: ./agent.sh\nverify: ${verify}\n`
  const files = (verify: string) => ({
    'spec.md': spec,
    'agent.sh': '#!/bin/sh\ntouch "$TMO_HOME/../ran"\nexec cat\n',
    '.tmo/config.yaml': commands(verify),
  })

  it('run only once a person agreed to them; a run that needs them is refused, and flags need no consent', async () => {
    await using room = new Room()
    const project = await room.project(files('touch ran'))
    const file = join(project, '.tmo', 'config.yaml')
    const argv = ['run', '--project', project, '--spec', `${project}/spec.md`, '--roles', 'developer']
    const refused = await room.tmo(argv)
    expect([refused.code, refused.stdout]).toEqual([1, ''])
    expect(refused.stderr).toContain(`nobody has agreed to the commands of ${file}`)
    expect(refused.stderr).toMatch(/agent: ".\/agent.sh"; verify: "touch ran"/)
    expect(refused.stderr).toMatch(/hint: .*--trust.*--agent COMMAND and --verify COMMAND/)
    const half = await room.tmo([...argv, '--agent', 'sim'])
    expect([half.code, half.stderr]).toEqual([1, expect.stringMatching(/verify: "touch ran"/)])
    expect(half.stderr).not.toContain('agent.sh')
    expect(await room.json<object>(['list'])).toMatchObject({ orchestrations: [] })

    const own = await room.json<Plans>([...argv, '--agent', 'sim', '--verify', 'true', '--dry-run'])
    expect(own.plans[0]).toMatchObject({ program: 'sim', verify: { command: 'true' } })
    expect(own.plans[0]?.ignored).toBeUndefined()
    const dry = await room.tmo([...argv, '--agent', 'sim', '--dry-run'])
    expect([dry.code, dry.stderr]).toEqual([
      0,
      expect.stringMatching(
        /names commands that would run on this machine:\n {2}agent: .\/agent.sh\n {2}verify: touch ran[\s\S]*refused/,
      ),
    ])

    const agreed = await room.json([...argv, '--agent', 'sim', '--trust'])
    expect(agreed.verify ?? null, 'nothing ran yet').toBeNull()
    const shown = await room.json<{ values: { key: string; value: unknown }[] }>([
      'config',
      'show',
      '--project',
      project,
    ])
    expect(shown.values.find(({ key }) => key === 'verify')?.value).toBe('touch ran')
    writeFileSync(file, commands('touch elsewhere'))
    expect((await room.tmo([...argv, '--agent', 'sim'])).code).toBe(1)
    expect(existsSync(join(room.folder, 'ran'))).toBe(false)
  })
})

it('an agent starts no run, whatever it read, and nothing is looked at for it', async () => {
  await using room = new Room()
  const { argv } = await clone(room)
  const env = { TMO_AGENT: 'hello-abcd/developer', TMO_TOKEN: 'guessed' }
  const tried = await room.tmo([...argv, '--trust'], { env })
  expect([tried.code, tried.stdout]).toEqual([1, ''])
  expect(tried.stderr).toMatch(/agents may not ask for run[\s\S]*tmo report blocked/)
  expect(room.daemonPid()).toBeUndefined()
  expect(existsSync(join(room.home, 'consents.json'))).toBe(false)
})

it('hooks of a repository run only once a person agreed to their content, which flags do, and each worktree is made ready', async () => {
  await using room = new Room()
  const project = await room.project({
    'spec.md': spec,
    '.gitignore': '.env\n',
    '.worktreeinclude': '.env\n',
    '.tmo/config.yaml': 'setup: .tmo/setup\nteardown: .tmo/teardown\nports: 3\n',
    '.tmo/setup': '#!/bin/sh\ntouch elsewhere\n',
    '.tmo/teardown': '#!/bin/sh\necho torn down >>"$TMO_PROJECT/.env"\n',
  })
  writeFileSync(join(project, '.env'), 'KEY=1\n')
  const start = ['run', '--project', project, '--spec', `${project}/spec.md`, '--roles', 'developer']
  const argv = [...start, '--agent', 'sim']
  const refused = await room.tmo(argv)
  expect([refused.code, refused.stdout]).toEqual([1, ''])
  expect(refused.stderr).toMatch(
    /nobody has agreed to the hooks of .*setup: ".tmo\/setup \(sha256 [0-9a-f]{64}\)"/,
  )
  expect(refused.stderr).toMatch(/hint: .*--trust-hooks/)
  const dry = await room.tmo([...argv, '--dry-run'])
  expect([dry.code, dry.stderr]).toEqual([
    0,
    expect.stringMatching(/would run in each worktree:\n {2}setup: /),
  ])
  const unfit = await room.tmo([...start, '--agent', '/nowhere/agent', '--trust-hooks'])
  expect([unfit.code, unfit.stderr]).toEqual([1, expect.stringContaining('is not installed')])
  expect((await room.tmo([...argv, '--dry-run'])).stderr, 'what a flag agreed to is not asked for').toBe('')

  const setup = '#!/bin/sh\necho "$TMO_PORT_FIRST $TMO_PORT_LAST" >>"$TMO_PROJECT/.env"\n'
  writeFileSync(join(project, '.tmo/setup'), setup)
  expect((await room.tmo([...argv, '--dry-run'])).stderr, 'what no commit has does not run').toBe('')
  await room.git(project, 'commit', '--quiet', '--all', '-m', 'Another set-up')
  using terminal = new Terminal(room, process.execPath, tmoProgram, ...argv)
  await waitFor('the question', () => terminal.screen().includes('Agree, until it changes?'))
  expect(terminal.screen()).toMatch(/setup: .tmo\/setup \(sha256 [0-9a-f]{64}\)/)
  terminal.press('yes', 'Enter')
  expect(await waitFor('the start', () => terminal.ended())).toBe(0)
  const { orchestrations } = await room.json<{ orchestrations: { id: string }[] }>(['list'])
  const id = orchestrations[0]?.id ?? ''
  const { agents } = await room.json(['status', id])
  expect(readFileSync(join(agents[0]?.worktree ?? '', '.env'), 'utf8')).toBe('KEY=1\n')
  const [, ports] = readFileSync(join(project, '.env'), 'utf8').split('\n')
  expect(Number(ports?.split(' ')[1]) - Number(ports?.split(' ')[0])).toBe(2)
  expect((await room.tmo(['stop', id])).code).toBe(0)
  expect((await room.tmo(['clean', id, '--yes'])).code).toBe(0)
  expect(readFileSync(join(project, '.env'), 'utf8')).toMatch(/\ntorn down\n$/)
})

it('the hooks of a repository and the agent program that it names are asked for at once', async () => {
  await using room = new Room()
  const project = await room.project({
    'spec.md': spec,
    '.tmo/config.yaml': 'agent: /nowhere/agent\nsetup: .tmo/setup\n',
    '.tmo/setup': '#!/bin/sh\ntrue\n',
  })
  const argv = ['run', '--project', project, '--spec', `${project}/spec.md`, '--roles', 'developer']
  const refused = await room.tmo(argv)
  expect([refused.code, refused.stderr]).toEqual([
    1,
    expect.stringMatching(
      /commands of .*agent: "\/nowhere\/agent", nor to the hooks of .*setup: ".tmo\/setup/,
    ),
  ])
  expect(refused.stderr).toContain('hint: look at them: tmo run --trust agrees to all of it')
  using terminal = new Terminal(room, process.execPath, tmoProgram, ...argv)
  const questions = (): number => terminal.history().split('Agree, until it changes?').length - 1
  await waitFor('the question', () => questions() === 1)
  expect(terminal.screen()).toMatch(/agent: \/nowhere\/agent[\s\S]*setup: .tmo\/setup/)
  terminal.press('yes', 'Enter')
  await waitFor('the end, or another question', () => terminal.ended() !== undefined || questions() > 1)
  expect([questions(), terminal.ended()]).toEqual([1, 1])
  expect(terminal.history()).toContain('the agent program "/nowhere/agent" is not installed')
})
