import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openRepository, type Repository } from '../src/index.ts'
import { type TemporaryRepository, temporaryRepository } from '../src/testing.ts'

let temporary: TemporaryRepository
let repository: Repository

beforeEach(async () => {
  temporary = await temporaryRepository({ files: { 'a.txt': 'one\n', 'dir/b.txt': 'two\n' } })
  repository = await openRepository(temporary.dir)
})
afterEach(() => temporary[Symbol.asyncDispose]())

const head = (): Promise<string> => temporary.git('rev-parse', 'HEAD')
const add = async (name: string, branch: string | null = name) =>
  repository.addWorktree({ path: join(temporary.outside, name), branch, base: await head() })

test('a new branch is checked out in a worktree of its own', async () => {
  const worktree = await add('developer', 'tmo/x/developer')
  expect(worktree).toEqual({
    path: join(temporary.outside, 'developer'),
    head: await head(),
    branch: 'tmo/x/developer',
    bare: false,
    detached: false,
    main: false,
  })
  expect(await readFile(join(worktree.path, 'dir/b.txt'), 'utf8')).toBe('two\n')
  expect(await repository.inspect(worktree.path)).toMatchObject({ clean: true, branch: 'tmo/x/developer' })
  expect(await repository.listWorktrees()).toEqual([expect.objectContaining({ main: true }), worktree])
})

test('adding the same worktree again returns the one that is there', async () => {
  const first = await add('developer')
  await writeFile(join(first.path, 'a.txt'), 'edited\n')
  expect(await add('developer')).toEqual(first)
  expect(await readFile(join(first.path, 'a.txt'), 'utf8')).toBe('edited\n')
})

test('a clean worktree is removed and its branch stays', async () => {
  const { path } = await add('developer')
  expect(await repository.removeWorktree(path)).toEqual({ status: 'removed' })
  expect(await repository.branchExists('developer')).toBe(true)
  expect(await repository.removeWorktree(path)).toEqual({ status: 'absent' })
  expect(await repository.listWorktrees()).toHaveLength(1)
  await expect(stat(path)).rejects.toThrow('ENOENT')
})

test('a worktree with staged, unstaged and untracked work is refused with each reason', async () => {
  const { path } = await add('developer')
  await writeFile(join(path, 'new.txt'), 'staged\n')
  const open = await openRepository(path)
  expect(open.root).toBe(temporary.dir)
  await temporary.git('-C', path, 'add', 'new.txt')
  await writeFile(join(path, 'a.txt'), 'changed\n')
  await writeFile(join(path, 'untracked.txt'), '?\n')
  expect(await repository.removeWorktree(path)).toEqual({
    status: 'refused',
    reasons: ['it has 1 staged change', 'it has 1 unstaged change', 'it has 1 untracked file'],
    losses: ['a.txt', 'new.txt', 'untracked.txt'],
  })
  expect(await readFile(join(path, 'untracked.txt'), 'utf8')).toBe('?\n')
})

test('forced removal saves staged, unstaged and untracked work to a ref first', async () => {
  const { path } = await add('developer')
  await writeFile(join(path, 'a.txt'), 'staged\n')
  await temporary.git('-C', path, 'add', 'a.txt')
  await writeFile(join(path, 'a.txt'), 'unstaged\n')
  await mkdir(join(path, 'new'))
  await writeFile(join(path, 'new/file.txt'), 'untracked\n')
  const result = await repository.removeWorktree(path, {
    force: 'preserve',
    preserveRef: 'refs/tmo/preserved/x/developer/*',
  })
  const ref = 'refs/tmo/preserved/x/developer/1'
  expect(result).toEqual({
    status: 'removed',
    preserved: { ref, commit: await temporary.git('rev-parse', ref) },
  })
  expect(await temporary.git('show', `${ref}:a.txt`)).toBe('unstaged')
  expect(await temporary.git('show', `${ref}:new/file.txt`)).toBe('untracked')
  expect(await temporary.git('show', `${ref}^2:a.txt`)).toBe('staged')
  expect(await temporary.git('rev-parse', `${ref}^1`)).toBe(await head())
  expect(await temporary.git('for-each-ref', 'refs/tmo')).not.toContain('/2')
})

test('a deleted worktree directory is made again on the branch where it stood', async () => {
  const { path } = await add('developer')
  await rm(path, { recursive: true })
  const again = await add('developer')
  expect(again.branch).toBe('developer')
  expect(await repository.inspect(path)).toMatchObject({ clean: true })
})

test('two diverged commits merge into a commit with both as parents, and no ref moves', async () => {
  const base = await head()
  const { path } = await add('developer')
  await writeFile(join(path, 'c.txt'), 'three\n')
  await temporary.git('-C', path, 'add', '--all')
  await temporary.git('-C', path, 'commit', '-qm', 'Add c')
  const from = await temporary.git('rev-parse', 'developer')
  const into = await temporary.commit({ 'd.txt': 'four\n' }, 'Add d')
  const refs = await temporary.git('show-ref')
  const result = await repository.merge({ into, from, message: 'Merge developer', date: 0 })
  expect(result).toMatchObject({ status: 'merged', files: ['c.txt'] })
  const commit = result.status === 'merged' ? result.commit : ''
  expect(await temporary.git('rev-parse', `${commit}^1`, `${commit}^2`)).toBe(`${into}\n${from}`)
  expect(await temporary.git('show', '-s', '--format=%s %an %at', commit)).toBe(
    'Merge developer tmux-orchestrator 0',
  )
  expect(await temporary.git('show-ref')).toBe(refs)
  expect(await repository.merge({ into: commit, from, message: 'Again' })).toEqual({
    status: 'up-to-date',
    commit,
  })
  expect(await repository.commits({ from: base, to: from })).toEqual([
    { commit: from, author: 'Test', email: 'test@example.invalid', at: 1_704_067_200_000, subject: 'Add c' },
  ])
  expect(await repository.diff({ from: base, to: from })).toContain('+three')
  expect(await repository.diff({ from: base, to: from }, { stat: true })).toContain('c.txt | 1 +')
})

test('a base that is known does not hide that the branch stands elsewhere', async () => {
  const base = (await repository.resolveCommit('HEAD')) ?? ''
  const ahead = await temporary.commit({ 'd.txt': 'four\n' }, 'Add d')
  await temporary.git('branch', 'ahead', ahead)
  const there = await repository.addWorktree({
    path: join(temporary.outside, 'there'),
    branch: 'ahead',
    base,
  })
  expect(there).toMatchObject({ head: ahead, branch: 'ahead' })
  expect(await repository.inspect(there.path)).toMatchObject({ clean: true, head: ahead })
})
