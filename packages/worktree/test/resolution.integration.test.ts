import { mkdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openRepository, type Repository } from '../src/index.ts'
import { type TemporaryRepository, temporaryRepository } from '../src/testing.ts'
import { cleanEnvironment } from './clean-environment.ts'
import { fingerprint } from './fingerprint.ts'

let temporary: TemporaryRepository
let repository: Repository
let base: string

beforeEach(async () => {
  const lines = Array.from({ length: 9 }, (_, at) => `line ${at}\n`).join('')
  temporary = await temporaryRepository({
    files: { 'a.txt': lines, 'b.txt': 'b\n', 'c.txt': 'c\n', 'gone.txt': 'gone\n' },
  })
  repository = await openRepository(temporary.dir, { env: cleanEnvironment() })
  base = await temporary.git('rev-parse', 'HEAD')
})
afterEach(() => temporary[Symbol.asyncDispose]())

async function commitOn(branch: string, files: Readonly<Record<string, string>>): Promise<string> {
  await temporary.git('switch', '--quiet', '--create', branch, base)
  return temporary.commit(files, `On ${branch}`)
}

/** A commit of two parents with the files as they lie in the checkout. */
async function commitMerge(into: string, from: string): Promise<string> {
  await temporary.git('add', '--all')
  const tree = await temporary.git('write-tree')
  return temporary.git('commit-tree', tree, '-p', into, '-p', from, '-m', 'Resolved')
}

test('a merge lists for each file what each side contributed, whether it conflicts or not', async () => {
  const into = await commitOn('left', { 'b.txt': 'b\nleft\n', 'c.txt': 'left\n', bin: 'x\0y' })
  await temporary.git('rm', '--quiet', 'gone.txt')
  const left = await temporary.commit({}, 'Without gone')
  const from = await commitOn('right', { 'b.txt': 'b\nright\n', 'new "ü"\n.txt': 'n\n' })
  const clean = await repository.merge({
    into: left,
    from: await commitOn('clean', { d: 'd\n' }),
    message: 'M',
  })
  expect(clean).toMatchObject({ status: 'merged', files: ['d'] })
  expect(clean.status === 'merged' && clean.sides.map(({ path }) => path)).toEqual([
    'b.txt',
    'bin',
    'c.txt',
    'd',
    'gone.txt',
  ])
  expect(await repository.merge({ into: left, from, message: 'M' })).toEqual({
    status: 'conflicted',
    files: ['b.txt'],
    sides: [
      {
        path: 'b.txt',
        into: { kind: 'modified', addedLines: 1, removedLines: 0 },
        from: { kind: 'modified', addedLines: 1, removedLines: 0 },
      },
      { path: 'bin', into: { kind: 'added' } },
      { path: 'c.txt', into: { kind: 'modified', addedLines: 1, removedLines: 1 } },
      { path: 'gone.txt', into: { kind: 'deleted', addedLines: 0, removedLines: 1 } },
      { path: 'new "ü"\n.txt', from: { kind: 'added', addedLines: 1, removedLines: 0 } },
    ],
  })
  expect(await temporary.git('merge-base', '--is-ancestor', into, left)).toBe('')
})

test('conflicts are predicted between every pair and against one, and nothing is written', async () => {
  const one = await commitOn('one', { 'b.txt': 'one\n' })
  const two = await commitOn('two', { 'b.txt': 'two\n', 'c.txt': 'two\n' })
  const three = await commitOn('three', { 'c.txt': 'three\n' })
  await temporary.git('switch', '--quiet', '--orphan', 'island')
  const island = await temporary.commit({ 'b.txt': 'island\n' }, 'Island')
  const before = [...(await fingerprint(temporary)), await temporary.git('count-objects', '-v')]
  expect(await repository.predictConflicts([one, two, three])).toEqual([
    { left: one, right: two, files: ['b.txt'] },
    { left: one, right: three, files: [] },
    { left: two, right: three, files: ['c.txt'] },
  ])
  expect(await repository.predictConflicts([one, three, island], { against: two })).toEqual([
    { left: two, right: one, files: ['b.txt'] },
    { left: two, right: three, files: ['c.txt'] },
    { left: two, right: island, files: ['b.txt'] },
  ])
  expect(await repository.predictConflicts([one])).toEqual([])
  await expect(repository.predictConflicts(['one', two])).rejects.toMatchObject({ code: 'BAD_REF' })
  expect([...(await fingerprint(temporary)), await temporary.git('count-objects', '-v')]).toEqual(before)
})

test('what a prediction says is what the merge then meets', async () => {
  const commits: string[] = []
  for (const [at, name] of ['p', 'q', 'r', 's'].entries())
    commits.push(await commitOn(name, { [`${'abca'[at]}.txt`]: `${name}\n`, [`own-${name}`]: name }))
  for (const { left, right, files } of await repository.predictConflicts(commits)) {
    const merged = await repository.merge({ into: left, from: right, message: 'M' })
    expect(merged.status === 'conflicted' ? merged.files : []).toEqual(files)
  }
})

test('a resolution that keeps both sides is complete; lines that it drops are listed with whose they were', async () => {
  const into = await commitOn('left', { 'b.txt': 'b\nleft one\nleft two\n', 'only-left.txt': 'mine\n' })
  const from = await commitOn('right', { 'b.txt': 'b\nright\n', 'c.txt': 'c\nmore\n' })
  await temporary.git('merge', '--quiet', '--no-commit', into).catch(() => undefined)
  await temporary.commit({ 'b.txt': 'b\nleft one\nleft two\nright\n' }, 'Both')
  const both = await temporary.git('rev-parse', 'HEAD')
  expect(await repository.checkResolution({ into, from, resolution: both })).toEqual({
    complete: true,
    notMerged: [],
    markers: [],
    lost: [],
    lostCount: 0,
    unlike: [],
  })
  await temporary.commit({ 'b.txt': 'b\nright\n', 'c.txt': 'c\n' }, 'Took theirs')
  await rm(join(temporary.dir, 'only-left.txt'))
  const resolution = await commitMerge(into, from)
  const report = await repository.checkResolution({ into, from, resolution })
  expect(report).toMatchObject({ complete: false, notMerged: [], markers: [], lostCount: 4 })
  expect(report.lost).toEqual([
    { path: 'b.txt', side: 'into', line: 'left one', count: 1 },
    { path: 'b.txt', side: 'into', line: 'left two', count: 1 },
    { path: 'c.txt', side: 'from', line: 'more', count: 1 },
    { path: 'only-left.txt', side: 'into', line: 'mine', count: 1 },
  ])
  expect((await repository.checkResolution({ into, from, resolution, maxLines: 1 })).lost).toHaveLength(1)
})

test('markers, sides that were not merged and unlike binary files are told; a moved file is found', async () => {
  const into = await commitOn('left', { 'b.txt': 'left\n', pic: 'l\0' })
  const from = await commitOn('right', {
    'b.txt': 'right\n',
    pic: 'r\0',
    'c.txt': 'c\nkept line\nand more\n',
  })
  await temporary.commit(
    { 'b.txt': '<<<<<<< left\nleft\n=======\nright\n>>>>>>> right\n', pic: 'other\0' },
    'Bad',
  )
  await mkdir(join(temporary.dir, 'moved'))
  await rename(join(temporary.dir, 'c.txt'), join(temporary.dir, 'moved/c.txt'))
  await temporary.git('add', '--all')
  const tree = await temporary.git('write-tree')
  const resolution = await temporary.git('commit-tree', tree, '-p', from, '-m', 'One parent')
  expect(await repository.checkResolution({ into, from, resolution })).toEqual({
    complete: false,
    notMerged: ['into'],
    markers: ['b.txt'],
    lost: [],
    lostCount: 0,
    unlike: ['pic'],
  })
})

test('distance counts both ways and refuses what names no commit', async () => {
  const to = await commitOn('left', { 'b.txt': 'left\n' })
  await commitOn('right', { 'b.txt': 'right\n' })
  await temporary.commit({ 'b.txt': 'again\n' }, 'Again')
  expect(await repository.distance({ from: 'right', to })).toEqual({ ahead: 1, behind: 2 })
  for (const from of ['', '-x', 'a..b', 'no-such', 'a\nb'])
    await expect(repository.distance({ from, to })).rejects.toMatchObject({ code: 'BAD_REF' })
})
