import { chmod, mkdir, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openRepository, type Repository } from '../src/index.ts'
import { type TemporaryRepository, temporaryRepository } from '../src/testing.ts'
import { cleanEnvironment } from './clean-environment.ts'
import { describeContents } from './fingerprint.ts'

let temporary: TemporaryRepository
let repository: Repository
let path: string

beforeEach(async () => {
  temporary = await temporaryRepository({
    files: {
      'a.txt': 'one\n',
      'both.txt': '1\n2\n3\n',
      'gone.txt': 'gone\n',
      'staged-gone.txt': 'x\n',
      'run.sh': '#!/bin/sh\n',
      'deep/er/file': 'f\n',
    },
  })
  repository = await openRepository(temporary.dir, { env: cleanEnvironment() })
  path = join(temporary.outside, 'developer')
  await repository.addWorktree({ path, branch: 'developer', base: 'HEAD' })
})
afterEach(() => temporary[Symbol.asyncDispose]())

const inside = (...args: readonly string[]): Promise<string> => temporary.git('-C', path, ...args)
const write = (name: string, content: string): Promise<void> => writeFile(join(path, name), content)
const ref = 'refs/tmo/preserved/x/developer/*'

async function everything(): Promise<unknown> {
  return {
    status: (await inside('status', '--porcelain=v2', '-z', '--untracked-files=all')).split('\0'),
    index: (await inside('ls-files', '--stage', '-z')).split('\0'),
    files: await describeContents(path),
  }
}

async function saveRemoveAddRestore(): Promise<readonly string[]> {
  const removed = await repository.removeWorktree(path, { force: 'preserve', preserveRef: ref })
  if (removed.status !== 'removed' || removed.preserved === undefined)
    throw new Error(JSON.stringify(removed))
  await repository.addWorktree({ path, branch: 'developer', base: 'HEAD' })
  const restored = await repository.restore(path, { ref: removed.preserved.ref })
  if (restored.status !== 'restored') throw new Error(JSON.stringify(restored))
  return restored.inexact
}

test('staged, unstaged, untracked, intended, deleted, modes, links and odd names come back as they were', async () => {
  await write('a.txt', 'staged\n')
  await inside('add', 'a.txt')
  await write('a.txt', 'unstaged\r\nmixed\n')
  await rm(join(path, 'gone.txt'))
  await rm(join(path, 'deep'), { recursive: true })
  await inside('rm', '--quiet', '--cached', 'staged-gone.txt')
  await chmod(join(path, 'run.sh'), 0o755)
  await symlink('nowhere/at all', join(path, 'link'))
  await write('deep', 'a file where a folder was\n')
  await mkdir(join(path, 'dir'))
  for (const name of ['-dash', 'ünï', 'two\nlines', ' space ', 'quo"te', ':(glob)*', 'dir/x~ours', 'bin'])
    await write(name, `${name}\0\xff`)
  await writeFile(Buffer.concat([Buffer.from(`${path}/latin-`), Buffer.from([0xe9])]), 'not UTF-8\n')
  for (const name of ['intended', ':(glob)*'])
    await inside('--literal-pathspecs', 'add', '-N', name).catch(() => '')
  await write('intended', 'intended\n')
  await inside('add', '--intent-to-add', 'intended')
  const before = await everything()
  expect(await saveRemoveAddRestore()).toEqual([])
  expect(await everything()).toEqual(before)
  expect(await inside('diff', '--name-only', '--diff-filter=A')).toContain('intended')
})

test('a conflicted merge comes back with its stages and can be finished', async () => {
  await write('both.txt', '1\nours\n3\n')
  await write('a.txt', 'ours\n')
  await inside('commit', '--quiet', '--all', '--message', 'Ours')
  const theirs = await temporary.commit({ 'both.txt': '1\ntheirs\n3\n', 'new.txt': 'new\n' }, 'Theirs')
  await inside('merge', '--quiet', 'main').catch(() => '')
  await write('extra', 'untracked\n')
  const before = await everything()
  await temporary.git('branch', '--force', 'keep', theirs)
  expect(await saveRemoveAddRestore()).toEqual([])
  expect(await everything()).toEqual(before)
  expect(await repository.inspect(path)).toMatchObject({ conflicted: 1, operation: 'merge' })
  await write('both.txt', 'resolved\n')
  await inside('add', '--all')
  await inside('commit', '--quiet', '--no-edit')
  expect(await inside('rev-parse', 'HEAD^2')).toBe(theirs)
})

test('work on an unborn branch comes back', async () => {
  await inside('switch', '--quiet', '--orphan', 'island')
  await write('first', 'first\n')
  await inside('add', 'first')
  await write('second', 'second\n')
  const before = await everything()
  const saved = await repository.preserve(path, { ref })
  await inside('rm', '--quiet', '--cached', 'first')
  for (const name of ['first', 'second']) await rm(join(path, name))
  const from = saved.status === 'preserved' ? saved.ref : ''
  expect(await repository.restore(path, { ref: from })).toMatchObject({ status: 'restored', inexact: [] })
  expect(await everything()).toEqual(before)
})

test('changes, another commit, the main worktree and a ref of something else refuse', async () => {
  await write('a.txt', 'two\n')
  const saved = await repository.preserve(path, { ref })
  const from = saved.status === 'preserved' ? saved.ref : ''
  expect(await repository.restore(path, { ref: from })).toEqual({
    status: 'refused',
    reasons: ['it has changes of its own'],
  })
  await inside('commit', '--quiet', '--all', '--message', 'On')
  expect(await repository.restore(path, { ref: from })).toMatchObject({
    reasons: [expect.stringMatching(/^it stands on [0-9a-f]+, the saved work on [0-9a-f]+$/)],
  })
  expect(await repository.restore(temporary.dir, { ref: from })).toMatchObject({ status: 'refused' })
  for (const other of ['HEAD', 'no-such-ref'])
    await expect(repository.restore(path, { ref: other })).rejects.toMatchObject({ code: 'BAD_REF' })
})

test('a nested repository is named as not restored', async () => {
  await mkdir(join(path, 'nested'))
  await temporary.git('init', '--quiet', join(path, 'nested'))
  await temporary.git('-C', join(path, 'nested'), 'commit', '--quiet', '--allow-empty', '--message', 'N')
  await write('a.txt', 'two\n')
  const saved = await repository.preserve(path, { ref })
  expect(saved).toMatchObject({ unsaved: ['nested'] })
  await rm(join(path, 'nested'), { recursive: true })
  await inside('checkout', '--quiet', 'a.txt')
  const from = saved.status === 'preserved' ? saved.ref : ''
  expect(await repository.restore(path, { ref: from })).toMatchObject({ inexact: ['nested'] })
})

test('saved work is listed, and expires by age alone, the newest never', async () => {
  expect(await repository.listPreserved()).toEqual([])
  const head = await inside('rev-parse', 'HEAD')
  for (const at of [1, 2, 3]) {
    await write('a.txt', `${at}\n`)
    await repository.preserve(path, { ref, message: `Number ${at}\n\nbody` })
  }
  await inside('commit', '--quiet', '--all', '--message', 'Only commits')
  const contained = ['refs/heads/main']
  const removed = await repository.removeWorktree(path, { contained, force: 'preserve', preserveRef: ref })
  expect(removed).toMatchObject({ status: 'removed' })
  const all = await repository.listPreserved()
  expect(all.map(({ ref, subject, commitsOnly }) => [ref.at(-1), subject, commitsOnly])).toEqual([
    ['1', 'Number 1', false],
    ['2', 'Number 2', false],
    ['3', 'Number 3', false],
    ['4', 'Only commits', true],
  ])
  expect(all[0]).toMatchObject({ head, branch: 'developer', savedAt: expect.any(Number) })
  const now = Date.now() + 10 * 60_000
  const refsOf = async (options: Parameters<Repository['expirePreserved']>[0]): Promise<readonly string[]> =>
    (await repository.expirePreserved(options)).map(({ ref }) => ref.slice(-1))
  expect(await refsOf({ olderThanMs: 60 * 60_000, now, keepNewest: 0 })).toEqual(['4'])
  expect(await refsOf({ olderThanMs: 60_000, now, dryRun: true })).toEqual(['2', '1'])
  expect(await repository.listPreserved()).toHaveLength(3)
  expect(await refsOf({ olderThanMs: 60_000, now })).toEqual(['2', '1'])
  expect((await repository.listPreserved()).map(({ subject }) => subject)).toEqual(['Number 3'])
  await expect(repository.expirePreserved({ olderThanMs: Number.NaN })).rejects.toThrow(RangeError)
})
