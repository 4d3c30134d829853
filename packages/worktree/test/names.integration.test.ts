import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { isWorktreeError, openRepository, type Repository } from '../src/index.ts'
import { type TemporaryRepository, temporaryRepository } from '../src/testing.ts'
import { cleanEnvironment } from './clean-environment.ts'

let temporary: TemporaryRepository
let repository: Repository

beforeEach(async () => {
  temporary = await temporaryRepository()
  repository = await openRepository(temporary.dir, { env: cleanEnvironment() })
})
afterEach(() => temporary[Symbol.asyncDispose]())

const good = [
  'ünï',
  'dev',
  'Dev',
  'dеv',
  'a;touch-x',
  '$(id)',
  "it's",
  '#{pid}',
  'x'.repeat(200),
  'a/b-',
  '+x',
]
const bad = [
  '',
  '-x',
  '..',
  'a..b',
  '../up',
  'a b',
  'a\nb',
  'a\0b',
  '@',
  'HEAD',
  'a.lock',
  '.a',
  'a//b',
  'a/',
  '/a',
  'a~1',
]

test('strange branches and folders can be added, looked at, saved and removed', async () => {
  for (const [at, branch] of good.entries()) {
    const path = join(temporary.outside, ['-dash', ' sp ace ', 'new\nline', 'ünï', '$(id)'][at % 5] ?? '')
    await repository.addWorktree({ path, branch, base: 'main' })
    expect(await repository.inspect(path, { full: true })).toMatchObject({ branch, clean: true })
    expect((await repository.inspectAll()).at(-1)?.worktree).toMatchObject({ path, branch })
    expect(await repository.diagnose(path)).toEqual([])
    expect(await repository.preserve(path, { ref: 'refs/tmo/preserved/x/*' })).toEqual({
      status: 'nothing-to-preserve',
    })
    expect(await repository.removeWorktree(path)).toEqual({ status: 'removed' })
  }
  expect(await readdir(temporary.outside)).toEqual(['repository'])
})

test('what is no branch is refused as such, and what git cannot store leaves nothing', async () => {
  const path = join(temporary.outside, 'w')
  for (const branch of bad)
    await expect(repository.addWorktree({ path, branch, base: 'main' }), branch).rejects.toMatchObject({
      code: 'BAD_REF',
    })
  const long = 'x'.repeat(255)
  const error = await repository
    .addWorktree({ path, branch: long, base: 'main' })
    .catch((caught: unknown) => caught)
  expect(isWorktreeError(error)).toBe(true)
  await expect(
    repository.addWorktree({ path: join(temporary.outside, 'y'.repeat(300)), branch: 'y', base: 'main' }),
  ).rejects.toThrow()
  expect(await readdir(temporary.outside)).toEqual(['repository'])
  expect(await repository.listWorktrees()).toHaveLength(1)
  expect((await repository.listRefs('refs/heads/')).map(({ name }) => name)).toEqual(['refs/heads/main'])
})
