import { spawn } from 'node:child_process'
import { link, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { openRepository, type Repository } from '../src/index.ts'
import { type TemporaryRepository, temporaryRepository } from '../src/testing.ts'
import { cleanEnvironment } from './clean-environment.ts'

let temporary: TemporaryRepository
let repository: Repository
let path: string

beforeEach(async () => {
  temporary = await temporaryRepository({ files: { 'a.txt': 'one\n' } })
  repository = await openRepository(temporary.dir, { env: cleanEnvironment() })
  path = join(temporary.outside, 'developer')
  await repository.addWorktree({ path, branch: 'developer', base: 'HEAD' })
})
afterEach(() => temporary[Symbol.asyncDispose]())

const inside = (...args: readonly string[]): Promise<string> => temporary.git('-C', path, ...args)
const refusal = (...reasons: readonly string[]) => ({ status: 'refused', reasons })
const commitInside = async (): Promise<string> => {
  await inside('commit', '--quiet', '--allow-empty', '--message', 'Work')
  return inside('rev-parse', 'HEAD')
}

test('commits that the named refs lack refuse, until a ref contains them', async () => {
  const commit = await commitInside()
  const contained = ['refs/heads/main']
  expect(await repository.removeWorktree(path, { contained })).toEqual(
    refusal('it has 1 commit not in refs/heads/main'),
  )
  expect(await repository.removeWorktree(path, { contained: ['refs/heads/absent'] })).toEqual(
    refusal('refs/heads/absent does not exist'),
  )
  await repository.updateBranch('integration', commit, { expected: null })
  expect(await repository.removeWorktree(path, { contained: [...contained, 'integration'] })).toEqual({
    status: 'removed',
  })
})

test('forced removal of a clean worktree with unmerged commits saves them to a ref', async () => {
  const commit = await commitInside()
  expect(await repository.removeWorktree(path, { contained: ['main'], force: 'preserve' })).toEqual({
    status: 'removed',
    preserved: { ref: 'refs/tmo/preserved/developer/1', commit },
  })
})

test('detached commits that are in no ref refuse', async () => {
  await inside('switch', '--quiet', '--detach')
  const commit = await commitInside()
  expect(await repository.removeWorktree(path)).toEqual(refusal('it has commits that are in no ref'))
  await rm(path, { recursive: true })
  expect(await repository.removeWorktree(path)).toEqual(refusal('it has commits that are in no ref'))
  expect(await repository.removeWorktree(path, { force: 'preserve' })).toMatchObject({
    preserved: { commit },
  })
})

test('a locked worktree, another branch, a git command at work and an unfinished merge refuse', async () => {
  expect(await repository.removeWorktree(path, { branch: 'other' })).toEqual(
    refusal('it is on developer, not on other'),
  )
  await temporary.git('worktree', 'lock', '--reason', 'in use', path)
  expect(await repository.removeWorktree(path, { force: 'preserve' })).toEqual(
    refusal('it is locked: in use'),
  )
  await temporary.git('worktree', 'unlock', path)
  const lock = join(repository.commonDir, 'worktrees/developer/index.lock')
  await writeFile(lock, '')
  expect(await repository.removeWorktree(path)).toEqual(refusal('a git command is at work in it'))
  await rm(lock)
  await temporary.commit({ 'b.txt': '' }, 'Main goes on')
  await commitInside()
  await inside('merge', '--quiet', '--no-commit', 'main')
  expect(await repository.removeWorktree(path)).toEqual({
    ...refusal('it has 1 staged change', 'a merge is not finished'),
    losses: ['b.txt'],
  })
})

test('only a worktree of this repository is removed', async () => {
  const foreign = join(temporary.outside, 'foreign')
  await mkdir(foreign)
  expect(await repository.removeWorktree(foreign)).toEqual(refusal('it is not a worktree of this repository'))
  await rename(join(path, '.git'), join(temporary.outside, 'kept'))
  expect(await repository.removeWorktree(path)).toEqual(
    refusal('it is broken: the .git file is missing or points nowhere'),
  )
  await writeFile(join(path, '.git'), `gitdir: ${temporary.dir}/.git\n`)
  expect(await repository.removeWorktree(path)).toEqual(
    refusal('it is broken: it does not belong to this repository'),
  )
})

test('a removal killed before it was final is taken back, one killed after is finished', async () => {
  const trash = join(temporary.outside, '.developer.tmo-removed')
  await rename(path, trash)
  await writeFile(join(trash, 'late.txt'), 'written while it was being removed\n')
  expect(await repository.removeWorktree(path)).toEqual({
    ...refusal('it has 1 untracked file'),
    losses: ['late.txt'],
  })
  await rm(join(path, 'late.txt'))
  await rename(path, trash)
  expect(await repository.addWorktree({ path, branch: 'developer', base: 'HEAD' })).toMatchObject({ path })
  expect(await repository.inspect(path)).toMatchObject({ clean: true })
  await rename(path, trash)
  await temporary.git('worktree', 'prune', '--expire', 'now')
  expect(await repository.removeWorktree(path)).toEqual({ status: 'absent' })
  expect(await readdir(temporary.outside)).toEqual(['repository'])
})

test('garbled administration is told, not repaired by deleting', async () => {
  const admin = join(repository.commonDir, 'worktrees/developer')
  await writeFile(join(path, 'a.txt'), 'edited\n')
  await writeFile(join(admin, 'index'), 'garbage')
  const state = await repository.inspect(path)
  expect(state.clean).toBe(false)
  expect(state.broken).toContain('index')
  expect(await repository.removeWorktree(path, { force: 'preserve' })).toMatchObject({ status: 'refused' })
  await expect(repository.preserve(path, { ref: 'refs/tmo/p/*' })).rejects.toMatchObject({
    code: 'GIT_FAILED',
  })
})

test('what is written between the look and the removal is seen, and the worktree is back in its place', async () => {
  const git = join(temporary.outside, 'slow-git')
  const late = `case "$*" in *status*) git "$@"; code=$?; echo late >>'${path}/late.txt' 2>/dev/null; exit $code;; esac`
  await writeFile(git, `#!/bin/sh\n${late}\nexec git "$@"\n`, { mode: 0o755 })
  const raced = await openRepository(temporary.dir, { env: cleanEnvironment(), git })
  expect(await raced.removeWorktree(path)).toEqual({
    ...refusal('it has 1 untracked file'),
    losses: ['late.txt'],
  })
  expect(await readdir(path)).toContain('late.txt')
  await rm(join(path, 'late.txt'))
  const saved = await raced.removeWorktree(path, { force: 'preserve' })
  expect(saved).toMatchObject({ status: 'removed', preserved: { ref: 'refs/tmo/preserved/developer/1' } })
  expect(await temporary.git('show', 'refs/tmo/preserved/developer/1:late.txt')).toBe('late')
})

test('a process that holds it is named, and refuses when asked to', async () => {
  const sleepers = [
    spawn('sleep', ['600'], { cwd: path, stdio: 'ignore' }),
    spawn('sh', ['-c', 'exec sleep 600 < a.txt'], { cwd: path, stdio: 'ignore' }),
  ]
  const outside = spawn('sh', ['-c', `cd / && exec sleep 600 < '${path}/a.txt'`], { stdio: 'ignore' })
  try {
    const pids = [...sleepers, outside].map(({ pid }) => pid)
    const held = async () => {
      const result = await repository.removeWorktree(path, { unlessHeld: true })
      return result.status === 'refused' ? (result.heldBy ?? []) : []
    }
    await vi.waitFor(
      async () =>
        expect((await held()).map(({ pid, command }) => [pid, command])).toEqual(
          pids.toSorted((a = 0, b = 0) => a - b).map((pid) => [pid, 'sleep']),
        ),
      20_000,
    )
    expect((await held()).find(({ pid }) => pid === outside.pid)).toMatchObject({
      holds: 'file',
      path: join(path, 'a.txt'),
    })
    expect(await repository.removeWorktree(path, { unlessHeld: true })).toMatchObject({
      reasons: expect.arrayContaining([`it is in use by process ${outside.pid} (sleep)`]),
    })
    const removed = await repository.removeWorktree(path)
    expect(removed.status === 'removed' && removed.heldBy?.length).toBe(3)
  } finally {
    for (const child of [...sleepers, outside]) child.kill('SIGKILL')
  }
})

test('disk use tells ignored files apart, and what could be freed without loss', async () => {
  await writeFile(join(temporary.dir, '.git/info/exclude'), 'build/\n')
  await mkdir(join(path, 'build'))
  await writeFile(join(path, 'build/big'), Buffer.alloc(1024 * 1024, 1))
  await link(join(path, 'build/big'), join(path, 'build/same'))
  const dirty = join(temporary.outside, 'dirty')
  await repository.addWorktree({ path: dirty, branch: 'dirty', base: 'HEAD' })
  await writeFile(join(dirty, 'a.txt'), 'two\n')
  const [main, developer, other] = await repository.measureDisk()
  expect(main).toMatchObject({ path: temporary.dir, freeableBytes: 0 })
  expect(developer?.path).toBe(path)
  expect(developer?.ignoredBytes).toBeGreaterThanOrEqual(1024 * 1024)
  expect(developer?.ignoredBytes).toBeLessThan(2 * 1024 * 1024)
  expect(developer?.bytes).toBeGreaterThan(developer?.ignoredBytes ?? 0)
  expect(developer?.freeableBytes).toBe(developer?.bytes)
  expect(other).toMatchObject({ path: dirty, ignoredBytes: 0, freeableBytes: 0 })
})
