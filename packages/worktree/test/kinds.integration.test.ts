import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openRepository, type Repository } from '../src/index.ts'
import { type TemporaryRepository, temporaryRepository } from '../src/testing.ts'
import { cleanEnvironment } from './clean-environment.ts'
import { describeContents } from './fingerprint.ts'

let temporary: TemporaryRepository
let path: string

beforeEach(async () => {
  temporary = await temporaryRepository({
    files: { 'in/a.txt': 'a\n', 'in/b.txt': 'b\n', 'out/c.txt': 'c\n', 'top.txt': 'top\n' },
  })
  path = join(temporary.outside, 'developer')
})
afterEach(() => temporary[Symbol.asyncDispose]())

const git = (...args: readonly string[]) => temporary.git('-C', path, ...args)
const status = () => git('status', '--porcelain')

/**
 * What any worktree goes through: made, edited, looked at, saved, removed by force, made again, restored, its index lost and
 * repaired, its work committed and merged. `edit` adds to the edits; answers the worktree's contents at each end of the way.
 */
async function live(repository: Repository, base: string, edit = async () => undefined): Promise<void> {
  const add = () => repository.addWorktree({ path, branch: 'work/developer', base })
  await add()
  expect(await repository.inspect(path, { base })).toMatchObject({ clean: true, ahead: 0, behind: 0 })
  const fresh = await describeContents(path)
  await writeFile(join(path, 'in/a.txt'), 'staged\n')
  await git('add', 'in/a.txt')
  await writeFile(join(path, 'in/a.txt'), 'unstaged\n')
  await rm(join(path, 'in/b.txt'))
  await writeFile(join(path, 'in/new.txt'), 'untracked\n')
  await edit()
  const [edited, before] = [await describeContents(path), await status()]
  expect(await repository.inspect(path, { base, full: true })).toMatchObject({ clean: false, staged: 1 })
  const saved = await repository.preserve(path, { ref: 'refs/tmo/preserved/x/*' })
  expect(saved).toMatchObject({ status: 'preserved' })
  expect('unsaved' in saved).toBe(false)
  expect([await describeContents(path), await status()]).toEqual([edited, before])
  expect(await repository.removeWorktree(path)).toMatchObject({ status: 'refused' })
  const removed = await repository.removeWorktree(path, { force: 'preserve' })
  if (removed.status !== 'removed' || removed.preserved === undefined) throw new Error('not saved')
  await add()
  expect(await describeContents(path)).toEqual(fresh)
  const { ref } = removed.preserved
  expect(await repository.restore(path, { ref })).toMatchObject({ status: 'restored' })
  expect([await describeContents(path), await status()]).toEqual([edited, before])

  await writeFile(join(await git('rev-parse', '--absolute-git-dir'), 'index'), 'garbage')
  expect((await repository.inspect(path)).broken).toBeDefined()
  expect(await repository.repair(path)).toMatchObject({ status: 'repaired' })
  expect(await describeContents(path)).toEqual(edited)
  await git('add', '--all', '--sparse')
  await git('commit', '--quiet', '--message', 'Work')
  expect(await repository.inspect(path, { base })).toMatchObject({ clean: true, ahead: 1 })
  const [into, from] = [await git('rev-parse', base), await git('rev-parse', 'HEAD')]
  expect(await repository.predictConflicts([into, from])).toMatchObject([{ files: [] }])
  const merged = await repository.merge({ into, from, message: 'Merge' })
  if (merged.status === 'conflicted') throw new Error('it conflicts')
  expect(await git('diff', '--name-only', merged.commit, from)).toBe('')
  const everything = (await git('ls-tree', '-r', '--name-only', merged.commit)).split('\n')
  expect(everything).toEqual(expect.arrayContaining(['in/a.txt', 'in/new.txt', 'out/c.txt', 'top.txt']))
  expect(await repository.removeWorktree(path)).toEqual({ status: 'removed' })
}

describe('the life of a worktree', () => {
  test('of a sparse checkout stays sparse, and what lies outside of it is neither lost nor deleted', async () => {
    await temporary.git('sparse-checkout', 'set', 'in')
    const repository = await openRepository(temporary.dir, { env: cleanEnvironment() })
    await live(repository, 'main', async () => {
      expect(await readdir(path)).toEqual(['.git', 'in', 'top.txt'])
      // somebody writes outside of the cone all the same
      await mkdir(join(path, 'out'))
      await writeFile(join(path, 'out/own.txt'), 'outside\n')
      await writeFile(join(path, 'out/c.txt'), 'changed outside\n')
    })
    expect(await temporary.git('ls-tree', '-r', '--name-only', 'work/developer')).toContain('out/own.txt')
    expect(await temporary.git('sparse-checkout', 'list')).toBe('in')
  })

  test('that its agent made sparse is saved, and restored into a whole one', async () => {
    const repository = await openRepository(temporary.dir, { env: cleanEnvironment() })
    await repository.addWorktree({ path, branch: 'work/developer', base: 'main' })
    await git('sparse-checkout', 'set', '--no-cone', '/in/', '!/in/b.txt')
    expect(await repository.inspect(path)).toMatchObject({ clean: true })
    await writeFile(join(path, 'in/a.txt'), 'changed\n')
    const removed = await repository.removeWorktree(path, { force: 'preserve' })
    if (removed.status !== 'removed' || removed.preserved === undefined) throw new Error('not saved')
    const { ref } = removed.preserved
    expect(await temporary.git('diff', '--name-only', 'main', ref)).toBe('in/a.txt')
    await repository.addWorktree({ path, branch: 'work/developer', base: 'main' })
    expect(await repository.restore(path, { ref })).toMatchObject({ status: 'restored' })
    expect(await status()).toBe(' M in/a.txt')
    expect(await readFile(join(path, 'out/c.txt'), 'utf8')).toBe('c\n')
    expect(await temporary.git('config', '--bool', '--default', 'false', 'core.sparseCheckout')).toBe('false')
  })

  test('of a shallow clone, with a submodule that nobody initialised, needs no more history', async () => {
    await using other = await temporaryRepository({ files: { 'lib.txt': 'lib\n' } })
    await temporary.git('-c', 'protocol.file.allow=always', 'submodule', 'add', '--quiet', other.dir, 'lib')
    await temporary.commit({ 'top.txt': 'second\n' }, 'Second')
    const shallow = join(temporary.outside, 'shallow')
    await temporary.git('clone', '--quiet', '--depth=1', `file://${temporary.dir}`, shallow)
    for (const [key, value] of [
      ['user.name', 'Test'],
      ['user.email', 'test@example.invalid'],
    ] as const)
      await temporary.git('-C', shallow, 'config', key, value)
    const repository = await openRepository(shallow, { env: cleanEnvironment() })
    await live(repository, 'main', async () => {
      expect(await readdir(join(path, 'lib'))).toEqual([])
    })
    expect(await temporary.git('-C', shallow, 'rev-list', '--count', 'main')).toBe('1')
  })

  test('of a bare repository has no main worktree to take from, and needs none', async () => {
    const bare = join(temporary.outside, 'bare.git')
    await temporary.git('clone', '--quiet', '--bare', temporary.dir, bare)
    await temporary.git('-C', bare, 'config', 'user.name', 'Test')
    await temporary.git('-C', bare, 'config', 'user.email', 'test@example.invalid')
    const repository = await openRepository(bare, { env: cleanEnvironment() })
    await live(repository, 'main')
    await repository.addWorktree({ path, branch: 'work/developer', base: 'main' })
    expect(await repository.copyIncluded(path, { patterns: ['*'] })).toMatchObject({ copied: [] })
    expect((await repository.assignPorts(path)).last).toBeGreaterThan(0)
  })
})

test('a submodule that is at work holds its worktree, and what only it has is named', async () => {
  await using other = await temporaryRepository({ files: { 'lib.txt': 'lib\n' } })
  const local = ['-c', 'protocol.file.allow=always'] as const
  await temporary.git(...local, 'submodule', 'add', '--quiet', other.dir, 'lib')
  await temporary.git('commit', '--quiet', '--message', 'A library')
  const repository = await openRepository(temporary.dir, { env: cleanEnvironment() })
  await repository.addWorktree({ path, branch: 'work/developer', base: 'main' })
  await git(...local, 'submodule', '--quiet', 'update', '--init')
  expect(await repository.inspect(path)).toMatchObject({ clean: true })
  const before = await git('-C', 'lib', 'rev-parse', 'HEAD')
  await writeFile(join(path, 'lib/lib.txt'), 'changed\n')
  expect(await repository.inspect(path)).toMatchObject({ clean: false, unstaged: 1 })
  await git('-C', 'lib', 'config', 'user.name', 'Test')
  await git('-C', 'lib', 'config', 'user.email', 'test@example.invalid')
  await git('-C', 'lib', 'commit', '--quiet', '--all', '--message', 'Only here')
  const saved = await repository.preserve(path, { ref: 'refs/tmo/preserved/x/*' })
  expect(saved).toMatchObject({ status: 'preserved', unsaved: ['lib'] })
  for (const force of [{}, { force: 'preserve' } as const])
    expect(await repository.removeWorktree(path, force)).toMatchObject({
      status: 'refused',
      reasons: [expect.stringMatching(/submodules of its own/)],
    })
  expect(await git('-C', 'lib', 'rev-parse', 'HEAD~1')).toBe(before)
  const into = await temporary.git('rev-parse', 'main')
  await git('commit', '--quiet', '--all', '--message', 'Move the library')
  const merged = await repository.merge({ into, from: await git('rev-parse', 'HEAD'), message: 'Merge' })
  if (merged.status !== 'merged') throw new Error('it is not merged')
  expect(await temporary.git('rev-parse', `${merged.commit}:lib`)).toBe(
    await git('-C', 'lib', 'rev-parse', 'HEAD'),
  )
  expect(merged.sides).toMatchObject([{ path: 'lib' }])
})
