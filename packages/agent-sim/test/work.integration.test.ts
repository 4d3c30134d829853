import { execFile } from 'node:child_process'
import { mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type FakeTask, type Sim, SimRoom, until } from './sim-room.ts'

const execute = promisify(execFile)
const brief = '[brief tmo-m-00000001] You are part of a team. Do your tasks.'

let room: SimRoom
beforeEach(async () => {
  room = await SimRoom.open()
})
afterEach(() => room.close())

function task(id: string, owner: string, files: string[], title = `Make ${files.join(' and ')}`): FakeTask {
  return { id, title, owner, state: 'open', files }
}

async function reports(): Promise<readonly string[]> {
  return (await room.readState()).reports.map((report) => `${report.agent} ${report.kind}: ${report.note}`)
}

async function untilReport(agent: string, kind: string): Promise<string> {
  return until(`${agent} reporting ${kind}`, async () => {
    const state = await room.readState()
    return state.reports.find((report) => report.agent === agent && report.kind === kind)?.note
  })
}

const subjects = (name: string): Promise<string> =>
  room.git(room.worktree(name), 'log', '--reverse', '--format=%s', 'main..HEAD')

test('a team of four takes its tasks to commits, checks, answers and reports', async () => {
  const roles = {
    orchestrator: 'orchestrator',
    project_manager: 'project_manager',
    developer: 'developer',
    tester: 'tester',
  }
  await room.createRepository(Object.keys(roles))
  await room.setTeam(roles, [
    task('t1', 'developer', ['src/dates.ts', 'src/data.json']),
    { ...task('t2', 'developer', []), title: 'Say how to run it' },
    { id: 't3', title: 'A script in `bin/run.sh`', owner: 'developer', state: 'open' },
  ])
  for (const agent of Object.keys(roles)) await room.start({ agent, args: [brief] })
  await untilReport('orchestrator', 'done')
  const state = await room.readState()
  expect(state.tasks.map((one) => one.state)).toEqual(['done', 'done', 'done'])
  expect(await subjects('developer')).toBe(
    't1: Make src/dates.ts and src/data.json\nt2: Say how to run it\nt3: A script in `bin/run.sh`',
  )
  const heads = await room.git(
    room.worktree('developer'),
    'log',
    '--reverse',
    '--format=commit %H',
    'main..HEAD',
  )
  expect(state.tasks.map((one) => one.evidence).join('\n')).toBe(heads)
  expect(await room.git(room.worktree('developer'), 'log', '-1', '--format=%an <%ae> %cn')).toBe(
    'developer (simulated) <developer@agents.invalid> developer (simulated)',
  )
  expect(await room.git(room.worktree('developer'), 'show', '--name-only', '--format=', 'HEAD~2')).toBe(
    'src/data.json\nsrc/dates.ts',
  )
  expect(await room.git(room.worktree('developer'), 'ls-tree', '-r', '--name-only', 'HEAD')).toContain(
    'work/t2.md',
  )
  expect(await subjects('tester')).toBe('checks: t1, t2, t3')
  expect(await room.git(room.worktree('tester'), 'ls-tree', '--name-only', 'HEAD', 'checks/demo-abcd/')).toBe(
    'checks/demo-abcd/t1.sh\nchecks/demo-abcd/t2.sh\nchecks/demo-abcd/t3.sh',
  )
  expect(await untilReport('developer', 'done')).toMatch(/^3 tasks, commit [0-9a-f]{12}$/)
  expect(await untilReport('tester', 'done')).toMatch(/^3 checks passed, commit [0-9a-f]{12}$/)
  expect(await untilReport('project_manager', 'done')).toBe('2 agents done')
  expect(await untilReport('orchestrator', 'done')).toBe('3 agents done')
  expect(state.messages).toEqual([
    { from: 'project_manager', to: 'developer', text: 'Please report your progress.' },
  ])
  for (const name of Object.keys(roles)) {
    expect(await room.git(room.worktree(name), 'status', '--porcelain', '--ignored')).toBe('')
  }
})

test('an implementer answers the question for its progress once, and nobody answers an answer', async () => {
  await room.createRepository(['developer', 'project_manager'])
  await room.setTeam({ developer: 'developer', project_manager: 'project_manager' }, [
    task('t1', 'developer', ['a.md']),
  ])
  const developer = await room.start({ agent: 'developer', args: [brief] })
  const manager = await room.start({ agent: 'project_manager', args: [brief] })
  await untilReport('project_manager', 'done')
  const tell = async (sim: Sim, text: string): Promise<void> => {
    await room.untilStatus(sim, 'idle')
    await room.paste(sim, text)
    await room.untilScreen(sim, text)
    await room.keys(sim, 'Enter')
    await until('the message', async () => (await room.userTexts(sim)).includes(text))
    await until('its handling', async () => {
      const lines = await room.lines(sim)
      return lines.filter((line) => line.type === 'action' && line.name === 'handled').length === 2
    })
    await room.untilStatus(sim, 'idle')
  }
  await tell(developer, '[from demo-abcd/project_manager] Please report your progress. tmo-m-2')
  await tell(manager, '[from demo-abcd/developer] 1 of 1 tasks done tmo-m-3')
  const { messages } = await room.readState()
  expect(messages.map(({ from, to, text }) => `${from} → ${to}: ${text}`)).toEqual([
    'project_manager → developer: Please report your progress.',
    'developer → project_manager: 1 of 1 tasks done',
  ])
  expect((await room.readState()).reports).toHaveLength(2)
})

test('a tester reports what is missing on the branch of a developer', async () => {
  await room.createRepository(['developer', 'tester'])
  await room.setTeam({ developer: 'developer', tester: 'tester' }, [
    { ...task('t1', 'developer', ['made.md']), state: 'done' },
    { ...task('t2', 'developer', ['README.md']), state: 'done' },
  ])
  const state = await room.readState()
  await room.writeState({
    ...state,
    agents: state.agents.map((agent) => ({ ...agent, state: agent.name === 'tester' ? 'running' : 'done' })),
  })
  await room.start({ agent: 'tester', args: [brief] })
  expect(await untilReport('tester', 'failed')).toBe('t1: missing or empty: made.md (developer)')
})

test('a killed agent that is resumed goes on: no brief, no commit and no report comes twice', async () => {
  await room.createRepository(['developer'])
  const tasks = Array.from({ length: 12 }, (_, index) =>
    task(`t${index + 1}`, 'developer', [`src/part-${index + 1}.js`, 'CHANGES.md']),
  )
  await room.setTeam({ developer: 'developer' }, tasks)
  let sim = await room.start({ agent: 'developer', args: [brief] })
  for (let kill = 1; kill <= 5; kill++) {
    await until(`progress before kill ${kill}`, async () => {
      const state = await room.readState()
      return state.tasks.filter((one) => one.state === 'done').length >= kill * 2 - 1
    })
    process.kill(sim.pid, 'SIGKILL')
    await until('the end', () => room.isDead(sim))
    sim = await room.start({ agent: 'developer', resume: sim.id })
  }
  await untilReport('developer', 'done')
  await room.untilStatus(sim, 'idle')
  expect(await room.userTexts(sim)).toEqual([brief])
  expect(await subjects('developer')).toBe(tasks.map((one) => `${one.id}: ${one.title}`).join('\n'))
  expect(await room.git(room.worktree('developer'), 'status', '--porcelain')).toBe('')
  const changes = await readFile(join(room.worktree('developer'), 'CHANGES.md'), 'utf8')
  expect(changes.match(/^##? /gm)).toHaveLength(12)
  process.kill(sim.pid, 'SIGKILL')
  await until('the end', () => room.isDead(sim))
  sim = await room.start({ agent: 'developer', resume: sim.id })
  await room.untilStatus(sim, 'idle')
  expect(await reports()).toHaveLength(1)
})

test('a message that was queued when the agent was killed is answered after --resume', async () => {
  await room.createRepository(['developer'])
  await room.setTeam({ developer: 'developer' }, [])
  const sim = await room.start({ agent: 'developer', args: [brief] })
  await untilReport('developer', 'done')
  await room.untilStatus(sim, 'idle')
  await room.enter(sim, '/slow 600')
  await room.untilStatus(sim, 'busy')
  await room.paste(sim, '[from project_manager] Please report your progress.')
  await room.untilScreen(sim, 'report your progress')
  await room.keys(sim, 'Enter')
  await until('the queued message', async () => (await room.userTexts(sim)).length === 3)
  process.kill(sim.pid, 'SIGKILL')
  await until('the end', () => room.isDead(sim))
  const again = await room.start({ agent: 'developer', resume: sim.id })
  await until('the answer', async () => (await room.readState()).messages.length === 1)
  await room.untilStatus(again, 'idle')
  expect((await room.readState()).messages).toEqual([
    { from: 'developer', to: 'project_manager', text: '0 of 0 tasks done' },
  ])
})

test('names that lead out of the worktree are refused and reported, and the other tasks are done', async () => {
  await room.createRepository(['developer'])
  const outside = join(room.dir, 'outside')
  await mkdir(outside)
  await symlink(outside, join(room.worktree('developer'), 'link'))
  await room.setTeam({ developer: 'developer' }, [
    task('t1', 'developer', ['../escape.md']),
    task('t2', 'developer', ['/etc/tmo-sim-test']),
    task('t3', 'developer', ['.git/config', 'fine.md']),
    task('t4', 'developer', ['link/evil.md']),
    task('t5', 'developer', ['ok.py']),
  ])
  await room.start({ agent: 'developer', args: [brief] })
  const note = await untilReport('developer', 'blocked')
  for (const name of ['../escape.md', '/etc/tmo-sim-test', '.git/config', 'link/evil.md'])
    expect(note).toContain(name)
  const state = await room.readState()
  expect(state.tasks.map((one) => one.state)).toEqual(['taken', 'taken', 'taken', 'taken', 'done'])
  expect(await subjects('developer')).toBe('t3: Make .git/config and fine.md\nt5: Make ok.py')
  await expect(readFile(join(room.dir, 'wt', 'escape.md'))).rejects.toThrow('ENOENT')
  await expect(readFile('/etc/tmo-sim-test')).rejects.toThrow('ENOENT')
  await expect(readFile(join(outside, 'evil.md'))).rejects.toThrow('ENOENT')
  expect((await room.readState()).reports).toHaveLength(1)
})

test('files that the repository ignores are reported, not forced in', async () => {
  await room.createRepository(['developer'], { '.gitignore': 'dist/\n' })
  await room.setTeam({ developer: 'developer' }, [task('t1', 'developer', ['dist/out.js', 'src/in.js'])])
  await room.start({ agent: 'developer', args: [brief] })
  expect(await untilReport('developer', 'blocked')).toBe('t1: "dist/out.js" is ignored by the repository')
  expect(await room.git(room.worktree('developer'), 'show', '--name-only', '--format=', 'HEAD')).toBe(
    'src/in.js',
  )
})

test('a commit hook that refuses every commit ends in a report that it is blocked', async () => {
  await room.createRepository(['developer'])
  const hook = join(room.repository, '.git', 'hooks', 'pre-commit')
  await writeFile(hook, '#!/bin/sh\necho no commits today >&2\nexit 1\n', { mode: 0o755 })
  await room.setTeam({ developer: 'developer' }, [task('t1', 'developer', ['a.md'])])
  await room.start({ agent: 'developer', args: [brief] })
  expect(await untilReport('developer', 'blocked')).toContain('no commits today')
})

test('a verb that fails is tried again', async () => {
  await room.createRepository(['developer'])
  await room.setTeam({ developer: 'developer' }, [task('t1', 'developer', ['a.md'])])
  const state = await room.readState()
  await room.writeState({ ...state, failing: ['task done'] })
  await room.start({ agent: 'developer', args: [brief] })
  await until(
    'two attempts',
    async () => (await room.calls()).filter((call) => call.startsWith('task done')).length >= 2,
  )
  await room.writeState({ ...(await room.readState()), failing: [] })
  await untilReport('developer', 'done')
  expect(await subjects('developer')).toBe('t1: Make a.md')
})

test('the same seed and tasks give the same contents, another seed other ones, and they parse', async () => {
  const files = [
    'src/a.js',
    'src/b.mjs',
    'src/c.ts',
    'd.json',
    'e.sh',
    'f.py',
    'g.html',
    'h.css',
    'i.yaml',
    'j.md',
  ]
  await room.createRepository(['developer', 'developer-2', 'developer-3'], { 'package.json': '{}\n' })
  const names = { developer: 'developer', 'developer-2': 'developer', 'developer-3': 'developer' }
  await room.setTeam(
    names,
    Object.keys(names).map((owner) => ({ ...task('t1', owner, files), title: 'It\'s "all" */ of --> them' })),
  )
  const state = await room.readState()
  for (const [agent, seed] of [
    ['developer', '5'],
    ['developer-2', '5'],
    ['developer-3', '6'],
  ] as const) {
    await room.writeState({ ...state, tasks: state.tasks.filter((one) => one.owner === agent) })
    await room.start({ agent, args: ['--seed', seed, brief] })
    await untilReport(agent, 'done')
  }
  const trees = await Promise.all(
    Object.keys(names).map((name) => room.git(room.worktree(name), 'rev-parse', 'HEAD^{tree}')),
  )
  expect(trees[0]).toBe(trees[1])
  expect(trees[0]).not.toBe(trees[2])
  const cwd = room.worktree('developer')
  for (const file of ['src/a.js', 'src/b.mjs']) await execute(process.execPath, ['--check', file], { cwd })
  await execute('sh', ['-n', 'e.sh'], { cwd })
  await execute('python3', ['-c', 'import ast,sys; ast.parse(open("f.py").read())'], { cwd })
  expect(JSON.parse(await readFile(join(cwd, 'd.json'), 'utf8'))).toMatchObject({ task: 't1' })
  const module = await execute(process.execPath, ['-e', 'console.log(require("./src/a.js").a().task)'], {
    cwd,
  })
  expect(module.stdout).toBe('t1\n')
})

test('tasks that arrive later are worked on after a message, and reported again', async () => {
  await room.createRepository(['developer'])
  await room.setTeam({ developer: 'developer' }, [task('t1', 'developer', ['a.md'])])
  const sim = await room.start({ agent: 'developer', args: [brief] })
  await untilReport('developer', 'done')
  await room.untilStatus(sim, 'idle')
  const state = await room.readState()
  await room.writeState({ ...state, tasks: [...state.tasks, task('t2', 'developer', ['a.md'])] })
  await room.paste(sim, '[from lead] There is more to do.')
  await room.untilScreen(sim, 'more to do')
  await room.keys(sim, 'Enter')
  await until('the second report', async () => (await room.readState()).reports.length === 2)
  expect(await subjects('developer')).toBe('t1: Make a.md\nt2: Make a.md')
  expect(await reports()).toEqual([
    expect.stringContaining('developer done: 1 task, commit'),
    expect.stringContaining('developer done: 2 tasks, commit'),
  ])
})

test('a report that is not taken because a task came in meanwhile is given again after that task', async () => {
  await room.createRepository(['developer'])
  await room.setTeam({ developer: 'developer' }, [task('t1', 'developer', ['a.md'])])
  const later = { on: 'report', agent: 'developer', tasks: [task('t2', 'developer', ['b.md'])] }
  await room.writeState({ ...(await room.readState()), later })
  await room.start({ agent: 'developer', args: [brief] })
  expect(await untilReport('developer', 'done')).toMatch(/^2 tasks, commit /)
  const calls = await room.calls()
  expect(calls.filter((call) => call.startsWith('report'))).toHaveLength(2)
  expect(await reports()).toHaveLength(1)
})

test('without a terminal it says so and exits with 2', async () => {
  const program = join(import.meta.dirname, '..', 'dist', 'main.js')
  const failure = await execute(process.execPath, [program], { env: room.env }).catch(
    (error: unknown) => error,
  )
  expect(failure).toMatchObject({ code: 2, stderr: expect.stringContaining('stdin is not a terminal') })
  await rm(room.home, { recursive: true, force: true })
})
