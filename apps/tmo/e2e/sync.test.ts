import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { Room, tmoProgram, waitFor } from './room.ts'
import { Terminal } from './terminal.ts'

const spec = '# One note\n\n## Tasks\n\n- [ ] Write the note in `notes/one.md`\n'

interface Status {
  readonly branches: readonly {
    readonly agent: string
    readonly state: string
    readonly base: { readonly ahead: number; readonly behind: number } | null
    readonly integration: { readonly ahead: number; readonly behind: number } | null
    readonly changes: number | null
    readonly wouldConflict: readonly string[]
  }[]
  readonly conflicts: readonly { readonly agent: string; readonly files: readonly string[] }[]
}

interface Resolve {
  readonly conflict: { readonly files: readonly string[] } | null
  readonly sides: readonly { readonly path: string; readonly into?: object; readonly from?: object }[]
  readonly report: {
    readonly complete: boolean
    readonly lost: readonly { readonly side: string; readonly line: string }[]
  } | null
}

/** A developer that is at work for as long as the test looks; its verbs are run as its pane would. */
async function startOne(room: Room) {
  const project = await room.project({
    'spec.md': spec,
    'shared.txt': 'one\n',
    '.tmo/config.yaml': 'agentOptions:\n  think-ms: "600000"\n',
  })
  const start = ['run', '--project', project, '--spec', `${project}/spec.md`, '--agent', 'sim']
  const document = await room.json([...start, '--roles', 'developer', '--trust'])
  const pid = await waitFor(
    'the agent',
    () => room.processes().find((one) => one.command.includes('--session-id'))?.pid,
  )
  const lines = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0')
  const env = Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)] as const),
  )
  const [agent] = document.agents
  if (agent === undefined || document.integration === null) throw new Error('no team')
  const verb = (...args: readonly string[]) => {
    const ended = spawnSync(join(room.home, 'bin/tmo'), args, { env, encoding: 'utf8' })
    if (ended.status !== 0) throw new Error(`tmo ${args.join(' ')}: ${ended.stderr}`)
  }
  const commit = async (name: string, content: string) => {
    writeFileSync(join(agent.worktree, name), content)
    await room.git(agent.worktree, 'add', '--all')
    await room.git(agent.worktree, 'commit', '--quiet', '--allow-empty', '--message', `Change ${name}`)
  }
  return { document, agent, branch: document.integration.branch, verb, commit }
}

it('tells how far branches are apart, foresees a conflict, and lists the lines that its resolution lost', async () => {
  await using room = new Room()
  const { document, agent, branch, verb, commit } = await startOne(room)
  const { id, project } = document
  const target = `${id}/developer`
  const status = (code = 0) => room.json<Status>(['sync', 'status', id], code)
  await commit('shared.txt', 'one\nmine\n')
  writeFileSync(join(agent.worktree, 'draft.txt'), 'draft\n')
  // Somebody else's work has reached the integration branch.
  writeFileSync(join(room.folder, 'theirs.txt'), 'one\ntheirs\n')
  const blob = await room.git(project, 'hash-object', '-w', join(room.folder, 'theirs.txt'))
  const base = document.baseCommit
  const listing = (await room.git(project, 'ls-tree', base)).replace(
    /[0-9a-f]{40}\tshared\.txt/,
    `${blob}\tshared.txt`,
  )
  writeFileSync(join(room.folder, 'listing'), `${listing}\n`)
  const tree = await room.git(project, '-c', 'alias.tree=!git mktree <', 'tree', join(room.folder, 'listing'))
  const theirs = await room.git(project, 'commit-tree', tree, '-p', base, '-m', 'Theirs')
  await room.git(project, 'update-ref', `refs/heads/${branch}`, theirs)
  expect((await status()).branches).toMatchObject([
    {
      agent: 'developer',
      state: 'open',
      base: { ahead: 1, behind: 0 },
      integration: { ahead: 1, behind: 1 },
      changes: 1,
      wouldConflict: ['shared.txt'],
    },
  ])
  const dry = await room.tmo(['sync', 'now', target, '--dry-run'])
  expect(dry.stdout).toBe('developer: would be told, 1 behind\n')
  expect((await room.tmo(['sync', 'merge', target])).code).toBe(3)
  expect(await room.json<Resolve>(['sync', 'resolve', target])).toMatchObject({ conflict: null })

  await room.git(agent.worktree, 'add', '--all')
  await room.git(agent.worktree, 'commit', '--quiet', '--message', 'Draft')
  verb('task', 'done', 't1', 'committed')
  verb('report', 'done', 'all of it')
  await waitFor('the conflict', async () => {
    const { code } = await room.tmo(['sync', 'status', id])
    return code === 3
  })
  expect((await status(3)).conflicts).toMatchObject([{ agent: 'developer', files: ['shared.txt'] }])
  expect(await room.json<Resolve>(['sync', 'resolve', target], 3)).toMatchObject({
    sides: [{ path: 'shared.txt', into: { addedLines: 1 }, from: { addedLines: 1 } }],
    report: null,
  })
  const resolved = async (content: string): Promise<Resolve> => {
    await room.git(agent.worktree, 'merge', '--quiet', '--strategy=ours', '--no-edit', branch)
    await commit('shared.txt', content)
    return room.json<Resolve>(['sync', 'resolve', target], 3)
  }
  expect((await resolved('one\nmine\n')).report).toMatchObject({
    complete: false,
    lost: [{ side: 'into', line: 'theirs' }],
  })
  expect((await room.tmo(['sync', 'resolve', target])).stdout).toContain(
    'lacks in shared.txt, of the integration branch: theirs',
  )
  expect((await resolved('one\ntheirs\nmine\n')).report).toMatchObject({ complete: true, lost: [] })
  verb('report', 'done', 'resolved')
  await waitFor('the merge', async () => (await status()).branches[0]?.state === 'merged')
})

it('shows the table again on a terminal as branches move, one line a change elsewhere, until Ctrl-C', async () => {
  await using room = new Room()
  const { document, commit, agent } = await startOne(room)
  const words = ['sync', 'status', document.id, '--watch']
  using terminal = new Terminal(room, process.execPath, tmoProgram, ...words)
  const lines = spawn(process.execPath, [tmoProgram, ...words, '--json'], {
    env: room.env,
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  let out = ''
  lines.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    out += chunk
  })
  const read = () =>
    out
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Status & { readonly schemaVersion: number })
  await waitFor('the first table', () => /developer +open +even +even +none/.test(terminal.screen()))
  await waitFor('the first line', () => read().length === 1)
  await commit('shared.txt', 'one\nmine\n')
  writeFileSync(join(agent.worktree, 'draft.txt'), 'draft\n')
  await waitFor('the next table', () => /developer +open +\+1 -0 +\+1 -0 +1, for/.test(terminal.screen()))
  expect(terminal.screen().split('AGENT'), 'one table at a time').toHaveLength(2)
  const aged = terminal.screen()
  await waitFor('an age that moves on', () => terminal.screen() !== aged)
  const last = () => read().at(-1)?.branches[0]
  await waitFor('the next line', () => last()?.changes === 1)
  expect(read().map((answer) => answer.schemaVersion)).toEqual(read().map(() => 1))
  terminal.press('C-c')
  expect(await waitFor('the end on the terminal', () => terminal.ended())).toBe(130)
  expect(terminal.screen()).not.toMatch(/Error|abort/i)
  const closed = once(lines, 'close', { signal: AbortSignal.timeout(60_000) })
  lines.kill('SIGINT')
  expect(await closed).toEqual([130, null])
  const said = out.split('\n').filter(Boolean)
  expect(said, 'nothing is said twice').toEqual([...new Set(said)])
  expect(out).not.toContain('\u001b')
})
