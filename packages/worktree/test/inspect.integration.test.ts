import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readdir, rm, symlink, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openRepository, type Repository } from '../src/index.ts'
import { type TemporaryRepository, temporaryRepository } from '../src/testing.ts'
import { cleanEnvironment } from './clean-environment.ts'

let temporary: TemporaryRepository
let repository: Repository
let path: string

beforeEach(async () => {
  temporary = await temporaryRepository({ files: { 'a.txt': 'one\n', 'b.txt': 'b\n' } })
  repository = await openRepository(temporary.dir, { env: cleanEnvironment() })
  path = join(temporary.outside, 'developer')
  await repository.addWorktree({ path, branch: 'work/developer', base: 'HEAD' })
})
afterEach(() => temporary[Symbol.asyncDispose]())

const inTree = (...args: readonly string[]): Promise<string> => temporary.git('-C', path, ...args)
const full = { base: 'main', full: true } as const

async function commitInTree(files: Readonly<Record<string, string>>): Promise<string> {
  for (const [name, content] of Object.entries(files)) await writeFile(join(path, name), content)
  await inTree('add', '--all')
  await inTree('commit', '--quiet', '--allow-empty', '--message', 'Work')
  return inTree('rev-parse', 'HEAD')
}

test('work is unmerged, then squash-merged however main has gone on, or merged', async () => {
  expect(await repository.inspect(path, full)).toMatchObject({ integration: 'merged', ahead: 0 })
  await commitInTree({ 'a.txt': 'two\n' })
  await commitInTree({ 'new.txt': 'new\n' })
  expect(await repository.inspect(path, full)).toMatchObject({ integration: 'unmerged', ahead: 2 })
  await temporary.commit({ 'b.txt': 'main\n' }, 'Main goes on')
  await temporary.git('merge', '--quiet', '--squash', 'work/developer')
  await temporary.git('commit', '--quiet', '--message', 'Squashed')
  expect(await repository.inspect(path, full)).toMatchObject({
    integration: 'squash-merged',
    ahead: 2,
    behind: 2,
  })
  await temporary.commit({ 'a.txt': 'three\n' }, 'The same line again')
  expect(await repository.inspect(path, full)).toMatchObject({ integration: 'squash-merged' })
  await temporary.git('merge', '--quiet', '--strategy=ours', '--no-edit', 'work/developer')
  expect(await repository.inspect(path, full)).toMatchObject({ integration: 'merged', ahead: 0 })
})

test('work whose commits were picked one by one counts as squash-merged', async () => {
  const first = await commitInTree({ 'a.txt': 'two\n' })
  const second = await commitInTree({ 'b.txt': 'two\n' })
  await temporary.commit({ 'c.txt': 'main\n' }, 'Main goes on')
  await temporary.git('cherry-pick', first)
  expect(await repository.inspect(path, full)).toMatchObject({ integration: 'unmerged' })
  await temporary.git('cherry-pick', second)
  expect(await repository.inspect(path, full)).toMatchObject({ integration: 'squash-merged' })
})

test('it is pushed when a remote-tracking branch has its commit', async () => {
  const head = await commitInTree({ 'a.txt': 'two\n' })
  expect(await repository.inspect(path, full)).toMatchObject({ pushed: false })
  await temporary.git('update-ref', 'refs/remotes/origin/main', 'main')
  expect(await repository.inspect(path, full)).toMatchObject({ pushed: false })
  await temporary.git('update-ref', 'refs/remotes/origin/work', head)
  expect(await repository.inspect(path, full)).toMatchObject({ pushed: true })
})

test('changes carry their age; of a deleted file that of its folder', async () => {
  expect(await repository.inspect(path)).not.toHaveProperty('changedAt')
  const before = Date.now() - 1_000
  await rm(join(path, 'b.txt'))
  await writeFile(join(path, 'a.txt'), 'changed\n')
  await mkdir(join(path, 'folder'))
  await writeFile(join(path, 'folder/x y'), '')
  const { dirtySinceAt = 0, changedAt = 0, clean } = await repository.inspect(path)
  expect(clean).toBe(false)
  expect(dirtySinceAt).toBeGreaterThan(before)
  expect(changedAt).toBeGreaterThanOrEqual(dirtySinceAt)
  expect(changedAt).toBeLessThanOrEqual(Date.now())
})

test('a process that works in it is named', async () => {
  const child = spawn('sleep', ['600'], { cwd: path, stdio: 'ignore' })
  try {
    await once(child, 'spawn')
    const { heldBy } = await repository.inspect(path, full)
    expect(heldBy).toEqual([{ pid: child.pid, command: 'sleep', holds: 'directory', path }])
  } finally {
    child.kill('SIGKILL')
    await once(child, 'close')
  }
  expect((await repository.inspect(path, full)).heldBy).toEqual([])
})

test('all are inspected at once, broken, locked and vanished ones among them', async () => {
  const paths = ['broken', 'gone', 'locked'].map((name) => join(temporary.outside, name))
  for (const [at, other] of paths.entries())
    await repository.addWorktree({ path: other, branch: `work/${at}`, base: 'HEAD' })
  const [broken = '', gone = '', locked = ''] = paths
  await rm(join(broken, '.git'))
  await rm(gone, { recursive: true })
  await temporary.git('worktree', 'lock', '--reason', 'mine', locked)
  await writeFile(join(locked, 'a.txt'), 'changed\n')
  await commitInTree({ 'a.txt': 'two\n' })
  const reports = await repository.inspectAll({ base: 'main' })
  const told = Object.fromEntries(reports.map(({ worktree, state }) => [worktree.path, { worktree, state }]))
  expect(reports[0]?.worktree.main).toBe(true)
  expect(told[path]?.state).toMatchObject({ ahead: 1, integration: 'unmerged', pushed: false, clean: true })
  expect(told[broken]?.state).toMatchObject({ clean: false, broken: expect.stringContaining('.git file') })
  expect(told[gone]).toMatchObject({
    worktree: { prunable: expect.any(String) },
    state: { broken: 'the directory is missing' },
  })
  expect(told[locked]).toMatchObject({
    worktree: { locked: 'mine' },
    state: { unstaged: 1, integration: 'merged', heldBy: [] },
  })
  for (const { worktree, state } of reports.filter(({ state }) => state.broken === undefined))
    expect(await repository.inspect(worktree.path, full)).toMatchObject({
      clean: state.clean,
      integration: state.integration,
      pushed: state.pushed,
    })
})

test('no filter of the repository is started, and no change is overlooked for that', async () => {
  const witness = join(temporary.outside, 'witness')
  await mkdir(witness)
  const trap = join(temporary.outside, 'trap.sh')
  await writeFile(trap, `#!/bin/sh\ntouch "${witness}/$1"\ncat\n`, { mode: 0o755 })
  for (const kind of ['clean', 'smudge'])
    await temporary.git('config', `filter.a=b.${kind}`, `${trap} ${kind}`)
  await temporary.git('config', 'filter.a=b.required', 'true')
  await symlink(trap, join(temporary.dir, '.git/hooks/post-index-change'))
  await writeFile(join(temporary.dir, '.git/info/attributes'), '*.txt filter=a=b\n')
  await utimes(join(path, 'a.txt'), 1, 1)
  await repository.inspect(path, full)
  await repository.inspectAll({ base: 'main' })
  await writeFile(join(path, 'a.txt'), 'two\n')
  expect(await repository.inspect(path)).toMatchObject({ unstaged: 1 })
  await temporary.git('config', 'filter.later.clean', `${trap} later`)
  await writeFile(join(temporary.dir, '.git/info/attributes'), '*.txt filter=later\n')
  await writeFile(join(path, 'a.txt'), 'two!\n')
  expect(await repository.inspect(path)).toMatchObject({ unstaged: 1 })
  expect(await readdir(witness)).toEqual([])
})
