import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { isAlive, Room, waitFor } from './room.ts'
import { installClaude } from './stand-in-claude.ts'

const spec = '# Notes\n\n## Tasks\n\n- [ ] Write `notes/one.md`\n'
const policy = `permissions:
  '*':
    deny: ['Bash(rm *)']
  developer:
    allow: ['Bash(npm test *)', 'Bash(make)']
`

/** A request of Claude Code as it was recorded. */
function recorded(): { readonly tool_input: { readonly command: string } } {
  const file = new URL('../../../packages/agents/fixtures/claude/hooks-command.tsv', import.meta.url)
  const line = readFileSync(file, 'utf8')
    .split('\n')
    .find((one) => one.includes('"PermissionRequest"'))
  return JSON.parse(line?.split('\t').at(-1) ?? '')
}

async function startTeam(room: Room, agent: string): Promise<string> {
  const project = await room.project({ 'spec.md': spec, '.tmo/config.yaml': policy })
  const verify = `while [ ! -e '${join(room.folder, 'go')}' ]; do sleep 0.1; done`
  const argv = ['--project', project, '--spec', `${project}/spec.md`, '--roles', 'developer']
  return (await room.json(['run', ...argv, '--agent', agent, '--verify', verify, '--trust'])).id
}

interface View {
  readonly permissions: readonly {
    readonly agent: string
    readonly request: string
    readonly subject: string
  }[]
}

const waiting = async (room: Room, id: string) => (await room.json<View>(['status', id])).permissions

/** The team's events about permissions, as `tmo logs` prints them. */
const events = async (room: Room, id: string) =>
  (await room.tmo(['logs', id])).stdout.split('\n').filter((line) => line.includes(' permission:'))

const decision = (said: string) => JSON.parse(said).hookSpecificOutput.decision

describe('what a Claude Code asks through its hook', () => {
  it('is answered by the policy where it decides: deny wins, and the rule is told', async () => {
    await using room = new Room()
    const claude = installClaude(room)
    const id = await startTeam(room, 'claude')
    claude.ask('npm test -- --watch=false')
    expect(decision(await claude.answer())).toEqual({ behavior: 'allow' })
    claude.ask('make && rm -r out')
    expect(decision(await claude.answer())).toEqual({
      behavior: 'deny',
      message: expect.stringContaining('Bash(rm *)'),
    })
    await waitFor('both events', async () => (await events(room, id)).length === 4)
    const lines = await events(room, id)
    expect(lines[1]).toMatch(/permission:allowed developer .*by=policy rule=Bash\(npm test \*\) waitedMs=\d+/)
    expect(lines[3]).toMatch(/permission:denied developer .*by=policy rule=Bash\(rm \*\) waitedMs=\d+/)
    expect(await waiting(room, id)).toEqual([])
  })

  it('waits for a human else, who sees it in tmo and tmo status, and whose answer reaches the hook', async () => {
    await using room = new Room()
    const claude = installClaude(room)
    const id = await startTeam(room, 'claude')
    claude.ask(recorded())
    const { command } = recorded().tool_input
    await waitFor('the request', async () => (await waiting(room, id)).length === 1)
    expect(await waiting(room, id)).toMatchObject([{ agent: 'developer', subject: command }])
    const bare = await room.tmo([])
    expect([bare.code, bare.stdout]).toEqual([3, expect.stringContaining(`tmo approve ${id}/developer`)])
    expect(bare.stdout).toContain(`Bash: ${command}`)
    expect((await room.tmo(['status', id])).stdout).toMatch(/developer waits for permission since .*Bash: /)
    const explained = await room.json<{ verdict: object; others: readonly object[] }>([
      'explain',
      `${id}/developer`,
    ])
    expect(explained.verdict).toMatchObject({ state: 'blocked-permission', source: 'status-file' })
    expect(explained.others).toMatchObject([
      { source: 'hook', state: 'blocked-permission', ageMs: expect.any(Number) },
    ])

    expect(claude.peek()).toBeUndefined()
    const approved = await room.tmo(['approve', `${id}/developer`])
    expect([approved.code, approved.stdout]).toEqual([
      0,
      expect.stringMatching(/allowed once, after .*: Bash: touch/),
    ])
    expect(decision(await claude.answer())).toEqual({ behavior: 'allow' })
    expect((await events(room, id)).at(-1)).toMatch(/permission:allowed developer .*by=you waitedMs=\d+/)

    const again = await room.tmo(['approve', `${id}/developer`])
    expect([again.code, again.stderr]).toEqual([
      1,
      expect.stringMatching(/waits for no permission[\s\S]*hint: /),
    ])

    claude.ask('curl example.org')
    await waitFor('the request', async () => (await waiting(room, id)).length === 1)
    const reason = 'Not "now"; $(id)'
    const denied = await room.json<{ waitedMs: number }>(['deny', `${id}/developer`, '--reason', reason])
    expect(denied.waitedMs).toBeGreaterThan(0)
    expect(decision(await claude.answer())).toEqual({ behavior: 'deny', message: reason })
  })

  it('cannot be answered by an agent, whatever it was told', async () => {
    await using room = new Room()
    const claude = installClaude(room)
    const id = await startTeam(room, 'claude')
    claude.ask(`touch '${join(room.folder, 'ran')}'; tmo approve ${id}/developer`)
    await waitFor('the request', async () => (await waiting(room, id)).length === 1)
    const env = { TMO_AGENT: `${id}/developer`, TMO_TOKEN: 'guessed' }
    const tried = await room.tmo(['approve', `${id}/developer`], { env })
    expect([tried.code, tried.stderr]).toEqual([1, expect.stringMatching(/secret|may not/)])
    expect(claude.peek()).toBeUndefined()
    const wrong = await room.tmo(['approve', `${id}/developer`, '--request', '1-1'])
    expect([wrong.code, wrong.stderr]).toEqual([
      1,
      expect.stringMatching(/does not wait for[\s\S]*--request/),
    ])
    await room.tmo(['deny', `${id}/developer`])
    expect(decision(await claude.answer())).toMatchObject({ behavior: 'deny' })
    expect(existsSync(join(room.folder, 'ran'))).toBe(false)
  })

  it('outlives the daemon that saw it; one that is asked while none runs is an ordinary dialog', async () => {
    await using room = new Room()
    const claude = installClaude(room)
    const id = await startTeam(room, 'claude')
    const kill = async (): Promise<void> => {
      const pid = await waitFor('the daemon', () => room.daemonPid())
      process.kill(pid, 'SIGKILL')
      await waitFor('its end', () => !isAlive(pid))
    }
    claude.ask('curl example.org')
    await waitFor('the request', async () => (await waiting(room, id)).length === 1)
    await kill()
    expect(claude.peek()).toBeUndefined()
    expect((await room.tmo(['approve', `${id}/developer`])).code).toBe(0)
    expect(decision(await claude.answer())).toEqual({ behavior: 'allow' })

    await kill()
    claude.ask('npm test -- a')
    expect(await claude.answer()).toBe('')
    expect(await waiting(room, id)).toEqual([])
    const bare = await room.tmo([])
    expect([bare.code, bare.stdout]).toEqual([3, expect.stringContaining(`tmo attach ${id}/developer`)])
    expect(bare.stdout).toMatch(/waits for permission in its window/)
    // The next daemon answers again.
    const keeper = join(room.home, 'orchestrations', id, 'developer', 'permissions', 'keeper')
    const isKept = () => readFileSync(keeper, 'utf8').trim() === String(room.daemonPid())
    await waitFor('the next daemon', isKept)
    claude.ask('npm test -- b')
    expect(decision(await claude.answer())).toEqual({ behavior: 'allow' })
  })
})

describe('what a program asks on its screen alone', () => {
  it('is never allowed by a pattern, denied by one, and approved by a human with the key of that dialog', async () => {
    await using room = new Room()
    const id = await startTeam(room, 'sim')
    const screen = async () => (await room.tmo(['logs', `${id}/developer`])).stdout
    await room.type(id, 'developer', '/permission make')
    await waitFor('the request', async () => (await waiting(room, id)).length === 1)
    expect(await waiting(room, id)).toMatchObject([{ subject: 'make' }])
    const approved = await room.tmo(['approve', `${id}/developer`])
    expect([approved.code, approved.stderr]).toEqual([0, ''])
    await waitFor('the answer', async () => (await screen()).includes('● Allowed: make'))
    await room.type(id, 'developer', '/permission rm -r out')
    await waitFor('the answer', async () => (await screen()).includes('● Not allowed: rm -r out'))
    await waitFor('its event', async () => (await events(room, id)).length === 4)
    expect((await events(room, id)).at(-1)).toMatch(/permission:denied developer .*by=policy/)
  })
})
