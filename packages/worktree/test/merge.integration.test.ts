import { readdir, writeFile } from 'node:fs/promises'
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
  temporary = await temporaryRepository({ files: { 'a.txt': 'one\n', 'log.txt': 'first\n' } })
  repository = await openRepository(temporary.dir, { env: cleanEnvironment() })
  base = await temporary.git('rev-parse', 'HEAD')
})
afterEach(() => temporary[Symbol.asyncDispose]())

async function sideCommit(branch: string, files: Readonly<Record<string, string>>): Promise<string> {
  await temporary.git('switch', '--quiet', '--create', branch, base)
  return temporary.commit(files, `On ${branch}`)
}

test('a conflict names its files and leaves no ref, file, lock or object', async () => {
  const into = await sideCommit('left', {
    'a.txt': 'left\n',
    'ünï "new"\n.txt': 'left\n',
    'ok.txt': 'left\n',
  })
  const from = await sideCommit('right', { 'a.txt': 'right\n', 'ünï "new"\n.txt': 'right\n' })
  await writeFile(join(temporary.dir, 'a.txt'), 'uncommitted\n')
  const before = [...(await fingerprint(temporary)), await temporary.git('count-objects', '-v')]
  expect(await repository.merge({ into, from, message: 'M' })).toMatchObject({
    status: 'conflicted',
    files: ['a.txt', 'ünï "new"\n.txt'],
  })
  expect([...(await fingerprint(temporary)), await temporary.git('count-objects', '-v')]).toEqual(before)
})

test('a merge that could be a fast-forward is a commit with two parents', async () => {
  const from = await sideCommit('ahead', { 'b.txt': 'b\n' })
  const author = { name: 'Ünï Author', email: 'a@example.invalid' }
  const merged = await repository.merge({
    into: base,
    from,
    message: 'Take b\n\nBody',
    author,
    date: 1_700_000_000_000,
  })
  expect(merged).toMatchObject({ status: 'merged', files: ['b.txt'] })
  const commit = merged.status === 'merged' ? merged.commit : ''
  const format = '--format=%P|%an|%ae|%at|%cn|%s|%b'
  expect(await temporary.git('show', '-s', format, commit)).toBe(
    `${base} ${from}|Ünï Author|a@example.invalid|1700000000|Ünï Author|Take b|Body\n`,
  )
  expect(await repository.merge({ into: commit, from, message: 'Again' })).toEqual({
    status: 'up-to-date',
    commit,
  })
})

test('merge settings, attributes and drivers of the repository resolve nothing and are not started', async () => {
  const into = await sideCommit('left', { 'log.txt': 'first\nleft\n' })
  const from = await sideCommit('right', { 'log.txt': 'first\nright\n' })
  await writeFile(join(temporary.dir, '.gitattributes'), '*.txt merge=union\n')
  await writeFile(join(temporary.dir, '.git/.gitattributes'), '*.txt merge=union\n')
  await writeFile(join(temporary.dir, '.git/info/attributes'), '*.txt merge=trap\n')
  await temporary.git('config', 'merge.trap.driver', `touch ${join(temporary.outside, 'witness')}`)
  await temporary.git('config', 'merge.default', 'union')
  await temporary.git('config', 'merge.renames', 'false')
  expect(await repository.merge({ into, from, message: 'M' })).toMatchObject({
    status: 'conflicted',
    files: ['log.txt'],
  })
  expect(await repository.predictConflicts([into, from])).toMatchObject([{ files: ['log.txt'] }])
  expect(await readdir(temporary.outside)).not.toContain('witness')
})

test('commits without a common ancestor and ids that are none are errors', async () => {
  await temporary.git('switch', '--quiet', '--orphan', 'island')
  const from = await temporary.commit({ 'i.txt': '' }, 'Island')
  await expect(repository.merge({ into: base, from, message: 'M' })).rejects.toMatchObject({
    code: 'GIT_FAILED',
  })
  await expect(repository.merge({ into: 'main', from, message: 'M' })).rejects.toMatchObject({
    code: 'BAD_REF',
  })
})
