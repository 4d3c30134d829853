import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { chmod, mkdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openRepository, type PreserveResult, type Repository } from '../src/index.ts'
import { type TemporaryRepository, temporaryRepository } from '../src/testing.ts'
import { cleanEnvironment } from './clean-environment.ts'

let temporary: TemporaryRepository
let repository: Repository
let path: string

beforeEach(async () => {
  temporary = await temporaryRepository({
    files: { 'a.txt': 'one\n', 'gone.txt': 'gone\n', 'run.sh': '#!/bin/sh\n', '.gitignore': '*.log\n' },
  })
  repository = await openRepository(temporary.dir, { env: cleanEnvironment() })
  path = join(temporary.outside, 'developer')
  await repository.addWorktree({ path, branch: 'developer', base: 'HEAD' })
})
afterEach(() => temporary[Symbol.asyncDispose]())

const ref = 'refs/tmo/preserved/x/developer/*'
const inside = (...args: readonly string[]): Promise<string> => temporary.git('-C', path, ...args)
const write = (name: string, content: string): Promise<void> => writeFile(join(path, name), content)
const savedRef = (result: PreserveResult): string => (result.status === 'preserved' ? result.ref : 'nothing')

test('staged, unstaged, deleted, untracked, modes, links and odd names are all saved, apart from each other', async () => {
  await write('a.txt', 'staged\n')
  await inside('add', 'a.txt')
  await write('a.txt', 'unstaged\n')
  await rm(join(path, 'gone.txt'))
  await chmod(join(path, 'run.sh'), 0o755)
  await symlink('nowhere', join(path, 'link'))
  await mkdir(join(path, 'dir'))
  for (const name of ['-dash', 'ünï', 'two\nlines', ' space ', 'quo"te', ':(glob)*', 'dir/deep'])
    await write(name, name)
  await write('ignored.log', 'ignored\n')
  const index = join(temporary.dir, '.git/worktrees/developer/index')
  const hash = async (): Promise<string> =>
    createHash('sha256')
      .update(await readFile(index))
      .digest('hex')
  const before = [await hash(), await inside('status', '--porcelain', '-z'), await inside('stash', 'list')]
  const saved = savedRef(await repository.preserve(path, { ref, message: 'Saved by a test' }))
  expect([await hash(), await inside('status', '--porcelain', '-z'), await inside('stash', 'list')]).toEqual(
    before,
  )
  expect(saved).toBe('refs/tmo/preserved/x/developer/1')
  const tree = (await temporary.git('ls-tree', '-r', '-z', saved)).split('\0')
  const modes = new Map(
    tree.filter(Boolean).map((line) => [line.slice(line.indexOf('\t') + 1), line.slice(0, 6)]),
  )
  expect(Object.fromEntries(modes)).toEqual({
    '.gitignore': '100644',
    'a.txt': '100644',
    'run.sh': '100755',
    link: '120000',
    '-dash': '100644',
    ünï: '100644',
    'two\nlines': '100644',
    ' space ': '100644',
    'quo"te': '100644',
    ':(glob)*': '100644',
    'dir/deep': '100644',
  })
  expect(await temporary.git('show', `${saved}:a.txt`)).toBe('unstaged')
  expect(await temporary.git('show', `${saved}^2:a.txt`)).toBe('staged')
  expect(await temporary.git('show', `${saved}^2:gone.txt`)).toBe('gone')
  expect(await temporary.git('rev-parse', `${saved}^1`)).toBe(await temporary.git('rev-parse', 'developer'))
  expect(await temporary.git('show', '-s', '--format=%s', saved)).toBe('Saved by a test')
})

test('a change that is staged and then taken back in the file is saved all the same', async () => {
  await write('a.txt', 'only staged\n')
  await inside('add', 'a.txt')
  await write('a.txt', 'one\n')
  const saved = savedRef(await repository.preserve(path, { ref }))
  expect(await temporary.git('show', `${saved}^2:a.txt`)).toBe('only staged')
  expect(await temporary.git('show', `${saved}:a.txt`)).toBe('one')
})

test('a clean worktree has nothing to save, a detached one with commits of its own has', async () => {
  expect(await repository.preserve(path, { ref })).toEqual({ status: 'nothing-to-preserve' })
  await inside('switch', '--quiet', '--detach')
  expect(await repository.preserve(path, { ref })).toEqual({ status: 'nothing-to-preserve' })
  await inside('commit', '--quiet', '--allow-empty', '--message', 'Only here')
  const commit = await inside('rev-parse', 'HEAD')
  expect(await repository.preserve(path, { ref })).toEqual({
    status: 'preserved',
    ref: `${ref.slice(0, -1)}1`,
    commit,
  })
})

test('each save takes the next number, also when several are made at once; a plain name is taken once', async () => {
  await write('a.txt', 'changed\n')
  const refs = (await Promise.all([1, 2, 3].map(() => repository.preserve(path, { ref })))).map(savedRef)
  expect(refs.sort()).toEqual([1, 2, 3].map((number) => `${ref.slice(0, -1)}${number}`))
  expect(savedRef(await repository.preserve(path, { ref: 'refs/tmo/once' }))).toBe('refs/tmo/once')
  await expect(repository.preserve(path, { ref: 'refs/tmo/once' })).rejects.toMatchObject({ code: 'BAD_REF' })
  await expect(repository.preserve(path, { ref: 'once' })).rejects.toMatchObject({ code: 'BAD_REF' })
})

test('in the middle of a conflict all three sides and the file as it stands are saved', async () => {
  await temporary.commit({ 'a.txt': 'theirs\n' }, 'Theirs')
  await write('a.txt', 'ours\n')
  await inside('commit', '--quiet', '--all', '--message', 'Ours')
  await expect(inside('merge', 'main')).rejects.toThrow()
  expect(await repository.inspect(path)).toMatchObject({ conflicted: 1, operation: 'merge', clean: false })
  const saved = savedRef(await repository.preserve(path, { ref }))
  expect(await temporary.git('show', `${saved}:a.txt`)).toContain('<<<<<<<')
  const sides = ['base', 'ours', 'theirs'].map((side) => temporary.git('show', `${saved}^2:a.txt~${side}`))
  expect(await Promise.all(sides)).toEqual(['one', 'ours', 'theirs'])
  expect(await repository.inspect(path)).toMatchObject({ conflicted: 1, operation: 'merge' })
})

test('a repository inside the worktree is named as not saved', async () => {
  await mkdir(join(path, 'inner'))
  await temporary.git('init', '--quiet', join(path, 'inner'))
  await temporary.git(
    '-C',
    join(path, 'inner'),
    '-c',
    'user.name=T',
    '-c',
    'user.email=t@x',
    'commit',
    '--quiet',
    '--allow-empty',
    '-m',
    'Inner',
  )
  expect(await repository.preserve(path, { ref })).toMatchObject({ unsaved: ['inner'] })
  expect(await repository.removeWorktree(path, { force: 'preserve' })).toEqual({
    status: 'refused',
    reasons: ['it holds another repository: inner'],
  })
  expect(await repository.inspect(path)).toMatchObject({ untracked: 1 })
})

test('a worktree that cannot be read is not saved as if it were empty', async () => {
  await rm(join(path, '.git'))
  expect(await repository.inspect(path)).toMatchObject({
    clean: false,
    broken: 'the .git file is missing or points nowhere',
  })
  await expect(repository.preserve(path, { ref })).rejects.toMatchObject({ code: 'NOT_A_REPOSITORY' })
  await repository.addWorktree({ path, branch: 'developer', base: 'HEAD' })
  expect(await repository.inspect(path)).toMatchObject({ clean: true })
})

test('a worktree that names another repository as its own runs nothing of that one’s settings', async () => {
  const canary = join(temporary.outside, 'canary')
  const evil = join(path, 'evil')
  await write('.gitattributes', '* filter=evil\n')
  await write('a.txt', 'changed\n')
  await temporary.git('init', '--quiet', '--bare', evil)
  await temporary.git('--git-dir', evil, 'config', 'filter.evil.clean', `touch '${canary}'; cat`)
  const own = join(temporary.dir, '.git/worktrees/developer')
  await writeFile(join(own, 'commondir'), `${evil}\n`)
  expect(await repository.inspect(path)).toMatchObject({ clean: false, branch: 'developer' })
  expect(await repository.preserve(path, { ref })).toMatchObject({ status: 'preserved' })
  expect(existsSync(canary)).toBe(false)
  await writeFile(join(own, 'commondir'), '../..\n')
})

test('an edit of the same length within the second of the index is saved, also much later', async () => {
  const index = join(temporary.dir, '.git/worktrees/developer/index')
  const second = async (file: string) => Math.floor((await stat(file)).mtimeMs / 1000)
  for (;;) {
    await write('a.txt', 'one\n')
    await inside('update-index', '--refresh', '--really-refresh')
    // git looks into a file as new as its index; it trusts what it knows of an older one
    const startedAt = await second(join(path, 'a.txt'))
    await write('a.txt', 'two\n')
    if ((await second(index)) === startedAt && (await second(join(path, 'a.txt'))) === startedAt) break
  }
  const editedAt = await second(join(path, 'a.txt'))
  await expect.poll(() => Math.floor(Date.now() / 1000), { timeout: 10_000 }).toBeGreaterThan(editedAt)
  const saved = savedRef(await repository.preserve(path, { ref }))
  expect(await temporary.git('show', `${saved}:a.txt`)).toBe('two')
  const removed = await repository.removeWorktree(path, { force: 'preserve' })
  const kept = removed.status === 'removed' ? removed.preserved?.ref : undefined
  expect(await temporary.git('show', `${kept}:a.txt`)).toBe('two')
})
