import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { Room, type RunDocument, waitFor } from './room.ts'

const spec = '# One note\n\n## Tasks\n\n- [ ] Write the note in `notes/one.md`\n'

interface Pane {
  readonly lines: readonly string[]
}

/** A team of one with a program that does nothing by itself: verbs are run as its pane would. */
async function startOne(
  room: Room,
  role: 'developer' | 'project_manager' = 'developer',
): Promise<{ readonly document: RunDocument; readonly env: NodeJS.ProcessEnv; readonly verb: string }> {
  const project = await room.project({
    'spec.md': spec,
    // A developer that takes its time is at work for as long as the test looks.
    '.tmo/config.yaml': role === 'developer' ? 'agentOptions:\n  think-ms: "600000"\n' : '',
  })
  const document = await room.json([
    'run',
    '--project',
    project,
    '--spec',
    `${project}/spec.md`,
    '--agent',
    'sim',
    '--roles',
    role,
    '--trust',
  ])
  const agent = document.agents[0]
  const pid = await waitFor(
    'the agent',
    () => room.processes().find((one) => one.command.includes('--session-id'))?.pid,
  )
  const environment = Object.fromEntries(
    readFileSync(`/proc/${pid}/environ`, 'utf8')
      .split('\0')
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)] as const),
  )
  expect(environment['TMO_AGENT']).toBe(`${document.id}/${agent?.name}`)
  return { document, env: environment, verb: join(room.home, 'bin/tmo') }
}

it('takes verbs while the daemon is dead, and replays each once when it is back', async () => {
  await using room = new Room()
  const { document, env, verb } = await startOne(room)
  const pid = room.daemonPid()
  if (pid === undefined) throw new Error('no daemon runs')
  process.kill(pid, 'SIGKILL')
  await waitFor('its end', () => room.daemonPid() === undefined)
  const { execFileSync } = await import('node:child_process')
  for (const note of ['first', 'second', 'third']) {
    execFileSync(verb, ['report', 'progress', note], {
      env: { ...env, PATH: `/nowhere:${env['PATH']}` },
      stdio: 'pipe',
    })
  }
  expect(readdirSync(join(room.home, 'spool')).filter((name) => name.endsWith('.json'))).toHaveLength(3)
  const notes = async (): Promise<readonly string[]> => {
    const { reports } = await room.json<{ reports: readonly { note: string }[] }>(['status', document.id])
    return reports.map((report) => report.note)
  }
  await waitFor('the replay', async () => (await notes()).length >= 3)
  expect(await notes()).toEqual(['first', 'second', 'third'])
  expect(readdirSync(join(room.home, 'spool')).filter((name) => name.endsWith('.json'))).toEqual([])
})

it('refuses a verb with a secret that does not fit', async () => {
  await using room = new Room()
  const { env, verb } = await startOne(room)
  const { spawnSync } = await import('node:child_process')
  const result = spawnSync(verb, ['report', 'done'], {
    env: { ...env, TMO_TOKEN: 'f'.repeat(64) },
    encoding: 'utf8',
  })
  expect(result.status).toBe(1)
  expect(result.stderr).toMatch(/secret/)
})

it('answers a message with its outcome, and shows it on the agent’s screen', async () => {
  await using room = new Room()
  const { document } = await startOne(room, 'project_manager')
  const target = `${document.id}/project_manager`
  const { messages } = await room.json<{ messages: readonly { state: string }[] }>([
    'send',
    target,
    'A word: $(touch x) `y` #{pid} "z"',
  ])
  expect(messages.map((message) => message.state)).toEqual(['submitted'])
  const { lines } = await room.json<Pane>(['logs', target])
  expect(lines.join('\n')).toContain('A word: $(touch x) `y` #{pid} "z"')
})

it('stops with uncommitted work saved to a ref, brings the team back with its own conversation, and cleans up', async () => {
  await using room = new Room()
  const { document } = await startOne(room)
  const agent = document.agents[0]
  if (!agent) throw new Error('no agent')
  const { writeFileSync } = await import('node:fs')
  writeFileSync(join(agent.worktree, 'draft.txt'), 'not committed\n')
  const stopped = await room.json<{ stopped: readonly { state: string; preserved: readonly string[] }[] }>([
    'stop',
    document.id,
  ])
  const ref = stopped.stopped[0]?.preserved[0] ?? ''
  expect(await room.git(document.project, 'show', `${ref}:draft.txt`)).toBe('not committed')
  expect(existsSync(join(agent.worktree, 'draft.txt'))).toBe(true)
  await room.json(['resume', document.id])
  await waitFor(
    'the team',
    async () => (await room.json<RunDocument>(['status', document.id])).state === 'running',
  )
  const conversations = readdirSync(join(room.home, 'agents/sim/conversations'))
  expect(conversations).toHaveLength(1)
  await room.json(['stop', document.id])
  const cleaned = await room.json<{ cleaned: readonly { kept: readonly string[] }[] }>([
    'clean',
    document.id,
    '--yes',
  ])
  expect(cleaned.cleaned[0]?.kept.join()).toContain('refs/tmo/preserved')
  expect(existsSync(agent.worktree)).toBe(false)
})
