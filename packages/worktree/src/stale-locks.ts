import { lstat, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Context } from './context.ts'
import { findHolders } from './find-holders.ts'
import { unlessAbsent } from './half-made.ts'
import { listWorktrees } from './list-worktrees.ts'
import { locateWorktree } from './locate-worktree.ts'

/** Where the processes of others cannot be seen, a lock of this age is taken for left behind; git holds one for moments. */
const oldMs = 10 * 60_000

interface Place {
  readonly path: string
  readonly gitDir: string
}

/**
 * Removes what a git that was killed in a worktree of ours left there: `index.lock`, `HEAD.lock` and the lock of its branch,
 * which would keep every later commit from being made. Only while no process works in that directory.
 */
export async function removeStaleLocks(context: Context, path: string): Promise<readonly string[]> {
  const located = await locateWorktree(context, path)
  if (located.status !== 'found' || located.main) return []
  const stale = await findStaleWorktreeLocks(context, located)
  await Promise.all(stale.map((lock) => rm(lock, { force: true })))
  return stale
}

async function findStaleWorktreeLocks(context: Context, place: Place): Promise<readonly string[]> {
  const found = await findLocks(context, place.gitDir)
  if (found.length === 0) return []
  const holders = await findHolders([place.path])
  if ((holders?.get(place.path) ?? []).length > 0) return []
  const isSeen = holders !== undefined
  return found.filter(({ mtimeMs }) => isSeen || Date.now() - mtimeMs > oldMs).map(({ path }) => path)
}

/** What a git holds `packed-refs.lock` for at most while none of its processes can be seen at work here. */
const packedMs = 5_000

/** The locks of the worktree, and that of all packed refs while no git works in any worktree of the repository. */
export async function findStaleLocks(context: Context, place: Place): Promise<readonly string[]> {
  const own = await findStaleWorktreeLocks(context, place)
  const path = join(context.commonDir, 'packed-refs.lock')
  const found = await unlessAbsent(lstat(path))
  if (found === undefined || Date.now() - found.mtimeMs < packedMs) return own
  const folders = [
    context.commonDir,
    context.root,
    ...(await listWorktrees(context)).map((tree) => tree.path),
  ]
  const holders = await findHolders([...new Set(folders)], { files: true })
  const isAtWork = [...(holders?.values() ?? [])].flat().some(({ command }) => command.startsWith('git'))
  const isOld = holders !== undefined || Date.now() - found.mtimeMs > oldMs
  return isAtWork || !isOld ? own : [...own, path]
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
