import { lstat, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type Context, inWorktree } from './context.ts'
import { disarmed } from './disarmed.ts'
import { unlessAbsent } from './half-made.ts'
import { inspectLocated } from './inspect.ts'
import { listWorktrees } from './list-worktrees.ts'
import { locateWorktree } from './locate-worktree.ts'

/** What a worktree takes on the disk. What copy-on-write files share with each other is counted in each. */
export interface DiskUse {
  readonly path: string
  /** Files and folders, its own git directory included; a file with several names once. */
  readonly bytes: number
  /** Of these, files that git ignores: what a build has made and can make again. */
  readonly ignoredBytes: number
  /** What removing it now would free without losing work; 0 for the main one and one that would be refused. */
  readonly freeableBytes: number
}

export async function measureDisk(context: Context, signal?: AbortSignal): Promise<readonly DiskUse[]> {
  const worktrees = await listWorktrees(context, signal)
  return Promise.all(
    worktrees.map(({ path, main, locked }) =>
      context.checkouts.run(() => measure(context, path, main || locked !== undefined, signal)),
    ),
  )
}

async function measure(
  context: Context,
  path: string,
  isKept: boolean,
  signal: AbortSignal | undefined,
): Promise<DiskUse> {
  const seen = new Set<string>()
  const located = await locateWorktree(context, path)
  if (located.status === 'broken')
    return { path, bytes: await bytesBelow(path, seen, signal), ignoredBytes: 0, freeableBytes: 0 }
  const [state, ignored] = await Promise.all([
    inspectLocated(context, located, signal === undefined ? {} : { signal }),
    listIgnored(context, located, signal),
  ])
  let ignoredBytes = 0
  for (const name of ignored) ignoredBytes += await bytesBelow(join(path, name), seen, signal)
  const rest = await bytesBelow(path, seen, signal)
  const admin = located.main ? 0 : await bytesBelow(located.gitDir, seen, signal)
  const bytes = ignoredBytes + rest + admin
  const isFree = !isKept && state.clean && state.operation === undefined
  return { path, bytes, ignoredBytes, freeableBytes: isFree ? bytes : 0 }
}

async function listIgnored(
  context: Context,
  located: { readonly path: string; readonly gitDir: string },
  signal: AbortSignal | undefined,
): Promise<readonly string[]> {
  const env = await disarmed(context, located.gitDir)
  const args = ['ls-files', '--others', '--ignored', '--exclude-standard', '--directory', '-z']
  const { stdout } = await context.git(args, { ...inWorktree(context, located), env, signal })
  return stdout.split('\0').filter((name) => name !== '')
}

/** Blocks that are given to it; symbolic links are not followed, what was seen is not counted again. */
async function bytesBelow(path: string, seen: Set<string>, signal: AbortSignal | undefined): Promise<number> {
  signal?.throwIfAborted()
  const found = await unlessAbsent(lstat(path))
  if (found === undefined || seen.has(`${found.dev}:${found.ino}`)) return 0
  seen.add(`${found.dev}:${found.ino}`)
  let bytes = found.blocks * 512
  if (!found.isDirectory()) return bytes
  for (const name of (await unlessAbsent(readdir(path))) ?? [])
    bytes += await bytesBelow(join(path, name), seen, signal)
  return bytes
}
