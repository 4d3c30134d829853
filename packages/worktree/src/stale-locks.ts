import { lstat, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Context } from './context.ts'
import { findHolders } from './find-holders.ts'
import { unlessAbsent } from './half-made.ts'
import { locateWorktree } from './locate-worktree.ts'

/** Where the processes of others cannot be seen, a lock of this age is taken for left behind; git holds one for moments. */
const oldMs = 10 * 60_000

/**
 * Removes what a git that was killed in a worktree of ours left there: `index.lock`, `HEAD.lock` and the lock of its branch,
 * which would keep every later commit from being made. Only while no process works in that directory.
 */
export async function removeStaleLocks(context: Context, path: string): Promise<readonly string[]> {
  const located = await locateWorktree(context, path)
  if (located.status !== 'found' || located.main) return []
  const found = await findLocks(context, located.gitDir)
  if (found.length === 0) return []
  const holders = await findHolders([located.path])
  if ((holders?.get(located.path) ?? []).length > 0) return []
  const stale = found.filter((lock) => holders !== undefined || Date.now() - lock.mtimeMs > oldMs)
  await Promise.all(stale.map((lock) => rm(lock.path, { force: true })))
  return stale.map((lock) => lock.path)
}

async function findLocks(
  { commonDir }: Context,
  gitDir: string,
): Promise<readonly { path: string; mtimeMs: number }[]> {
  const head = await unlessAbsent(readFile(join(gitDir, 'HEAD'), 'utf8'))
  const branch = /^ref: (refs\/heads\/[^\n]+)/.exec(head ?? '')?.[1]
  const candidates = [
    join(gitDir, 'index.lock'),
    join(gitDir, 'HEAD.lock'),
    ...(branch === undefined ? [] : [join(commonDir, `${branch}.lock`)]),
  ]
  const stats = await Promise.all(
    candidates.map(async (path) => ({ path, stat: await unlessAbsent(lstat(path)) })),
  )
  return stats.flatMap(({ path, stat }) => (stat === undefined ? [] : [{ path, mtimeMs: stat.mtimeMs }]))
}
