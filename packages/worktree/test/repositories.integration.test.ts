import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openRepository } from '../src/index.ts'
import { temporaryRepository } from '../src/testing.ts'
import { cleanEnvironment } from './clean-environment.ts'

const env = cleanEnvironment()

test.each([
  'with space',
  'ünï 日本',
  'two\nlines',
  '-dash',
  'quo\'te"s',
  '$(touch x);`y`',
  'tab\there',
  'back\\slash:colon',
])('a repository and a worktree named %j work', async (name) => {
  await using temporary = await temporaryRepository({ name, files: { [`${name}.txt`]: 'content\n' } })
  const repository = await openRepository(temporary.dir, { env })
  expect(repository.root).toBe(temporary.dir)
  const path = join(temporary.outside, `w ${name}`)
  const base = await temporary.git('rev-parse', 'HEAD')
  const worktree = await repository.addWorktree({ path, branch: 'tmo/x/developer', base })
  expect(worktree.path).toBe(path)
  expect((await repository.listWorktrees())[1]).toEqual(worktree)
  expect(await repository.addWorktree({ path, branch: 'tmo/x/developer', base })).toEqual(worktree)
  await writeFile(join(path, `${name}.txt`), 'changed\n')
  await temporary.git('-C', path, 'commit', '--quiet', '--all', '--message', 'Change')
  const from = await temporary.git('rev-parse', 'tmo/x/developer')
  const into = await temporary.commit({ 'other.txt': '' }, 'Other')
  expect(await repository.merge({ into, from, message: 'M' })).toMatchObject({ files: [`${name}.txt`] })
  await writeFile(join(path, `new ${name}`), 'new\n')
  expect(await repository.removeWorktree(path, { force: 'preserve' })).toMatchObject({ status: 'removed' })
})

test('a path through a symbolic link is the same worktree', async () => {
  await using temporary = await temporaryRepository()
  const link = join(temporary.outside, 'link')
  await symlink(temporary.dir, link)
  const repository = await openRepository(link, { env })
  expect(repository.root).toBe(temporary.dir)
  const base = (await repository.resolveCommit('HEAD')) ?? ''
  await mkdir(join(temporary.outside, 'real'))
  await symlink(join(temporary.outside, 'real'), join(temporary.outside, 'alias'))
  const path = join(temporary.outside, 'alias/deep/developer')
  const first = await repository.addWorktree({ path, branch: 'b', base })
  expect(first.path).toBe(join(temporary.outside, 'real/deep/developer'))
  expect(await repository.addWorktree({ path, branch: 'b', base })).toEqual(first)
  expect(await repository.removeWorktree(path)).toEqual({ status: 'removed' })
})

test('a repository without a commit says so', async () => {
  await using temporary = await temporaryRepository({ files: null, branch: 'trunk' })
  const repository = await openRepository(temporary.dir, { env })
  expect(await repository.currentBranch()).toBe('trunk')
  expect(await repository.resolveCommit('HEAD')).toBeUndefined()
  const path = join(temporary.outside, 'w')
  await expect(repository.addWorktree({ path, branch: 'b', base: 'HEAD' })).rejects.toMatchObject({
    code: 'NO_COMMIT',
  })
  expect(await repository.inspect(temporary.dir)).toMatchObject({ branch: 'trunk', clean: true })
  expect(await repository.preserve(temporary.dir, { ref: 'refs/tmo/p/*' })).toEqual({
    status: 'nothing-to-preserve',
  })
  await writeFile(join(temporary.dir, 'first.txt'), 'first\n')
  expect(await repository.preserve(temporary.dir, { ref: 'refs/tmo/p/*' })).toMatchObject({
    ref: 'refs/tmo/p/1',
  })
  expect(await temporary.git('show', 'refs/tmo/p/1:first.txt')).toBe('first')
})

test('a commit without any file can be checked out', async () => {
  await using temporary = await temporaryRepository({ files: {} })
  const repository = await openRepository(temporary.dir, { env })
  const path = join(temporary.outside, 'w')
  await repository.addWorktree({ path, branch: 'b', base: 'HEAD' })
  expect(await repository.inspect(path)).toMatchObject({ clean: true, branch: 'b' })
  expect(await repository.removeWorktree(path)).toEqual({ status: 'removed' })
})

test('a detached HEAD has no branch, and a detached worktree is added once', async () => {
  await using temporary = await temporaryRepository()
  await temporary.git('switch', '--quiet', '--detach')
  const repository = await openRepository(temporary.dir, { env })
  expect(await repository.currentBranch()).toBeUndefined()
  const base = (await repository.resolveCommit('HEAD')) ?? ''
  const path = join(temporary.outside, 'verify')
  const worktree = await repository.addWorktree({ path, branch: null, base })
  expect(worktree).toMatchObject({ detached: true, head: base })
  expect(await repository.addWorktree({ path, branch: null, base })).toEqual(worktree)
  const next = await temporary.commit({ 'b.txt': '' }, 'Next')
  await expect(repository.addWorktree({ path, branch: null, base: next })).rejects.toMatchObject({
    code: 'PATH_TAKEN',
  })
})

test('a bare repository gives worktrees', async () => {
  await using temporary = await temporaryRepository({ files: { 'a.txt': 'one\n' } })
  const bare = join(temporary.outside, 'bare.git')
  await temporary.git('clone', '--quiet', '--bare', temporary.dir, bare)
  const repository = await openRepository(bare, { env })
  expect(repository).toMatchObject({ root: bare, commonDir: bare, bare: true })
  const path = join(temporary.outside, 'w')
  await repository.addWorktree({ path, branch: 'b', base: 'main' })
  expect(await readFile(join(path, 'a.txt'), 'utf8')).toBe('one\n')
  expect((await openRepository(path, { env })).root).toBe(bare)
  expect(await repository.inspect(bare)).toMatchObject({ broken: 'a bare repository has no files' })
  expect(await repository.removeWorktree(path)).toEqual({ status: 'removed' })
})

test('a separate git directory and a submodule know their main worktree', async () => {
  await using temporary = await temporaryRepository()
  const separate = join(temporary.outside, 'separate')
  await temporary.git(
    'clone',
    '--quiet',
    '--separate-git-dir',
    join(temporary.outside, 'away'),
    temporary.dir,
    separate,
  )
  expect((await openRepository(separate, { env })).root).toBe(separate)
  await temporary.git('-c', 'protocol.file.allow=always', 'submodule', 'add', '--quiet', temporary.dir, 'sub')
  const sub = await openRepository(join(temporary.dir, 'sub'), { env })
  expect(sub).toMatchObject({ root: join(temporary.dir, 'sub'), bare: false })
  const path = join(temporary.outside, 'w')
  await sub.addWorktree({ path, branch: 'b', base: 'HEAD' })
  expect(await sub.inspect(path)).toMatchObject({ clean: true, branch: 'b' })
})

test('a repository with SHA-256 ids works', async () => {
  const dir = await realpath(await mkdtemp(join(tmpdir(), 'tmo-sha256-')))
  try {
    execFileSync('git', ['init', '-q', '--object-format=sha256', dir], { env })
    execFileSync(
      'git',
      ['-C', dir, '-c', 'user.name=T', '-c', 'user.email=t@x', 'commit', '-qm', 'x', '--allow-empty'],
      { env },
    )
    const repository = await openRepository(dir, { env })
    const head = (await repository.resolveCommit('HEAD')) ?? ''
    expect(head).toHaveLength(64)
    expect(await repository.updateBranch('b', head, { expected: null })).toBe('updated')
    expect(await repository.preserve(dir, { ref: 'refs/tmo/p/*' })).toEqual({ status: 'nothing-to-preserve' })
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
})

test('no such directory, no repository and no git are told apart', async () => {
  await using temporary = await temporaryRepository()
  const open = (directory: string, git = 'git'): Promise<unknown> => openRepository(directory, { env, git })
  await expect(open(join(temporary.outside, 'absent'))).rejects.toMatchObject({ code: 'NO_SUCH_DIRECTORY' })
  await expect(open(join(temporary.dir, 'README.md'))).rejects.toMatchObject({ code: 'NO_SUCH_DIRECTORY' })
  await expect(open(temporary.outside)).rejects.toMatchObject({ code: 'NOT_A_REPOSITORY' })
  await expect(open(temporary.dir, '/nowhere/git')).rejects.toMatchObject({ code: 'GIT_NOT_FOUND' })
})
