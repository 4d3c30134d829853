import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { Room, waitFor } from './room.ts'
import { installClaude } from './stand-in-claude.ts'

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
