import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openRepository, type Repository } from '../src/index.ts'
import { type TemporaryRepository, temporaryRepository } from '../src/testing.ts'
import { cleanEnvironment } from './clean-environment.ts'

let temporary: TemporaryRepository
let repository: Repository
let first: string
let second: string

beforeEach(async () => {
  temporary = await temporaryRepository({ files: { 'a.txt': 'one\n' } })
  repository = await openRepository(temporary.dir, { env: cleanEnvironment() })
  first = await temporary.git('rev-parse', 'HEAD')
  second = await temporary.commit({ 'a.txt': 'two\n' }, 'Second')
})
afterEach(() => temporary[Symbol.asyncDispose]())

test('a branch moves only from where it is expected', async () => {
  expect(await repository.updateBranch('tmo/x/i', first, { expected: null })).toBe('updated')
  expect(await repository.updateBranch('tmo/x/i', second, { expected: null })).toBe('moved')
  expect(await repository.updateBranch('tmo/x/i', first, { expected: second })).toBe('moved')
  expect(await repository.updateBranch('tmo/x/i', second, { expected: first })).toBe('updated')
  expect(await repository.resolveCommit('tmo/x/i')).toBe(second)
  expect(await repository.updateBranch('tmo/x/absent', second, { expected: first })).toBe('moved')
  expect(await repository.deleteBranch('tmo/x/i', { expected: first })).toBe('moved')
  expect(await repository.deleteBranch('tmo/x/i', { expected: second })).toBe('deleted')
  expect(await repository.deleteBranch('tmo/x/i', { expected: second })).toBe('absent')
})

test('a branch that somebody has checked out is neither moved nor deleted', async () => {
  const inUse = { code: 'BRANCH_IN_USE', details: { branch: 'main', path: temporary.dir } }
  await expect(repository.updateBranch('main', first, { expected: second })).rejects.toMatchObject(inUse)
  await expect(repository.deleteBranch('main', { expected: second })).rejects.toMatchObject(inUse)
  expect(await temporary.git('rev-parse', 'main')).toBe(second)
})

test('an existing branch that stands in the way is found from above and from below', async () => {
  await temporary.git('branch', 'tmo')
  await temporary.git('branch', 'team/a/b/c')
  await temporary.git('branch', 'tmo-other/x')
  expect(await repository.branchConflict('tmo/x/y')).toBe('tmo')
  expect(await repository.branchConflict('team/a/b')).toBe('team/a/b/c')
  expect(await repository.branchConflict('team')).toBe('team/a/b/c')
  expect(await repository.branchConflict('team/a/x')).toBeUndefined()
  expect(await repository.branchConflict('team/a/x', 'tmo/x')).toBe('tmo')
  expect(await repository.branchConflict('tmo-other/y')).toBeUndefined()
  const path = join(temporary.outside, 'w')
  await expect(repository.addWorktree({ path, branch: 'tmo/x/y', base: first })).rejects.toMatchObject({
    code: 'BRANCH_IN_USE',
    details: { branch: 'tmo/x/y', conflictsWith: 'tmo' },
  })
  expect(await repository.listWorktrees()).toHaveLength(1)
})

test('a worktree is not added on a branch in use, on a bad name, at a taken path or from nowhere', async () => {
  const add = (path: string, branch: string, base = first, createBranch = true) =>
    repository.addWorktree({ path: join(temporary.outside, path), branch, base, createBranch })
  await expect(add('w', 'main')).rejects.toMatchObject({
    code: 'BRANCH_IN_USE',
    details: { path: temporary.dir },
  })
  await expect(add('w', '--force')).rejects.toMatchObject({ code: 'BAD_REF' })
  await expect(add('w', 'b', 'nowhere')).rejects.toMatchObject({
    code: 'BAD_REF',
    details: { ref: 'nowhere' },
  })
  await expect(add('w', 'b', '--all')).rejects.toMatchObject({ code: 'BAD_REF' })
  await expect(add('w', 'absent', first, false)).rejects.toMatchObject({ code: 'BAD_REF' })
  await expect(add('repository/a.txt', 'b')).rejects.toMatchObject({ code: 'PATH_TAKEN' })
  await expect(add('repository', 'b')).rejects.toMatchObject({ code: 'PATH_TAKEN' })
  await add('w', 'b')
  await expect(add('w', 'c')).rejects.toMatchObject({ code: 'PATH_TAKEN' })
  await expect(add('w2', 'b')).rejects.toMatchObject({ code: 'BRANCH_IN_USE' })
  expect(await temporary.git('branch', '--format=%(refname:short)')).toBe('b\nmain')
})

test('an existing branch is checked out where it stands, not at the base', async () => {
  await temporary.git('branch', 'b', second)
  const worktree = await repository.addWorktree({
    path: join(temporary.outside, 'w'),
    branch: 'b',
    base: first,
  })
  expect(worktree.head).toBe(second)
})

test('names resolve to commits, and what is none resolves to nothing', async () => {
  await temporary.git('tag', '--annotate', '--message', 'T', 'v1', first)
  expect(await repository.resolveCommit('v1')).toBe(first)
  expect(await repository.resolveCommit('main~1')).toBe(first)
  for (const none of ['', 'absent', '--all', 'main\nHEAD', 'HEAD^{tree}', ':a.txt', 'a b'])
    expect(await repository.resolveCommit(none), none).toBeUndefined()
  expect(await repository.listRefs('refs/tags/')).toEqual([{ name: 'refs/tags/v1', commit: first }])
  expect(await repository.listRefs('refs/heads/ma')).toEqual([{ name: 'refs/heads/main', commit: second }])
  expect(await repository.listRefs('refs/none/')).toEqual([])
  expect(await repository.branchExists('main')).toBe(true)
  expect(await repository.branchExists('mai')).toBe(false)
})

test('distance to a base, and a diff that is cut, say what they are', async () => {
  await temporary.git('branch', 'side', first)
  expect(await repository.inspect(temporary.dir, { base: 'side' })).toMatchObject({ ahead: 1, behind: 0 })
  await expect(repository.inspect(temporary.dir, { base: 'absent' })).rejects.toMatchObject({
    code: 'BAD_REF',
  })
  const to = await temporary.commit({ 'big.txt': 'line\n'.repeat(5_000) }, 'Big')
  const cut = await repository.diff({ from: first, to }, { maxBytes: 1_000 })
  expect(cut.length).toBeLessThan(1_100)
  expect(cut.endsWith('\n[cut after 1000 bytes]\n')).toBe(true)
})
