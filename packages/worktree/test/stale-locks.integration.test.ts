import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openRepository, type Repository } from '../src/index.ts'
import { type TemporaryRepository, temporaryRepository } from '../src/testing.ts'
import { cleanEnvironment } from './clean-environment.ts'

let temporary: TemporaryRepository
let repository: Repository
let path: string
let lock: string

beforeEach(async () => {
  temporary = await temporaryRepository()
  repository = await openRepository(temporary.dir, { env: cleanEnvironment() })
  path = join(temporary.outside, 'developer')
  await repository.addWorktree({ path, branch: 'tmo/developer', base: 'HEAD' })
  lock = join(temporary.dir, '.git/worktrees/developer/index.lock')
})
afterEach(async () => {
  await temporary[Symbol.asyncDispose]()
})

test('what a commit that was killed left is removed once nobody works there, and the next commit is made', async () => {
  const hook = join(temporary.dir, '.git/hooks/pre-commit')
  await mkdir(join(temporary.dir, '.git/hooks'), { recursive: true })
  await writeFile(hook, '#!/bin/sh\necho in-the-hook >&2\nexec sleep 1000\n')
  await chmod(hook, 0o755)
  await writeFile(join(path, 'new.txt'), 'new\n')
  await temporary.git('-C', path, 'add', 'new.txt')
  const commit = spawn('git', ['commit', '--quiet', '--all', '-m', 'New'], {
    cwd: path,
    env: temporary.env,
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  await once(commit.stderr, 'data')
  expect(existsSync(lock)).toBe(true)
  expect(await repository.removeStaleLocks(path)).toEqual([])
  commit.kill('SIGKILL')
  await once(commit, 'exit')
  // The hook outlives its git: somebody still works there.
  expect(await repository.removeStaleLocks(path)).toEqual([])
  process.kill(-(commit.pid ?? Number.NaN), 'SIGKILL')
  await expect.poll(() => repository.removeStaleLocks(path)).toEqual([lock])
  await chmod(hook, 0o644)
  await temporary.git('-C', path, 'commit', '--quiet', '-m', 'New')
  expect(await temporary.git('log', '-1', '--format=%s', 'tmo/developer')).toBe('New')
})

test('the lock of the branch goes too, and nothing of the main worktree', async () => {
  const branchLock = join(temporary.dir, '.git/refs/heads/tmo/developer.lock')
  const mainLock = join(temporary.dir, '.git/index.lock')
  await writeFile(branchLock, '')
  await writeFile(mainLock, '')
  expect(await repository.removeStaleLocks(path)).toEqual([branchLock])
  expect(await repository.removeStaleLocks(temporary.dir)).toEqual([])
  expect([existsSync(branchLock), existsSync(mainLock)]).toEqual([false, true])
  expect(await repository.removeStaleLocks(join(temporary.outside, 'nowhere'))).toEqual([])
})
