import { lstat, readdir, readFile, readlink, rm } from 'node:fs/promises'
import { join, sep } from 'node:path'
import type { Context } from './context.ts'
import { unlessAbsent } from './half-made.ts'
import { locateWorktree } from './locate-worktree.ts'
import { hasSystemCode } from './owner-record.ts'

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
  if (found.length === 0 || (await isWorkedIn(located.path))) return []
  const isSeen = (await processDirectories()) !== undefined
  const stale = found.filter((lock) => isSeen || Date.now() - lock.mtimeMs > oldMs)
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

async function isWorkedIn(path: string): Promise<boolean> {
  const directories = (await processDirectories()) ?? []
  return directories.some((directory) => directory === path || directory.startsWith(`${path}${sep}`))
}

/** The working directories of all processes that this user may look at; absent where the system does not show them. */
async function processDirectories(): Promise<readonly string[] | undefined> {
  const names = await unlessAbsent(readdir('/proc'))
  if (names === undefined || !names.includes('self')) return undefined
  const pids = names.filter((name) => /^\d+$/.test(name))
  const directories = await Promise.all(
    pids.map((pid) =>
      readlink(`/proc/${pid}/cwd`).catch((error: unknown) => {
        if (['ENOENT', 'ESRCH', 'EACCES', 'EPERM'].some((code) => hasSystemCode(error, code))) return ''
        throw error
      }),
    ),
  )
  return directories.filter((directory) => directory !== '')
}
