import { readdir, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { Context } from './context.ts'
import { unlessAbsent } from './half-made.ts'
import { readGitFile } from './locate-worktree.ts'

const suffix = '.tmo-removed'

/**
 * Where a worktree goes in one step before it is deleted. A crash in between leaves either a worktree that is whole under this
 * name and still registered, or one that is registered no more and may be deleted.
 */
export function trashOf(path: string): string {
  return join(dirname(path), `.${basename(path)}${suffix}`)
}

/** The trash of `path`, as an interrupted removal left it; the lock must be held. */
export async function findTrash(
  context: Context,
  path: string,
): Promise<{ readonly trash: string; readonly gitDir?: string } | undefined> {
  const trash = trashOf(path)
  if ((await unlessAbsent(stat(trash))) === undefined) return undefined
  const gitDir = await readGitFile(trash)
  if (gitDir === undefined || dirname(dirname(gitDir)) !== context.commonDir) return { trash }
  return { trash, gitDir }
}

/** Brings `path` to one of its two clean states: back where it was while it is registered, deleted when it is not. */
export async function finishInterruptedRemoval(context: Context, path: string): Promise<void> {
  const found = await findTrash(context, path)
  if (found === undefined) return
  const isFree = (await unlessAbsent(stat(path))) === undefined
  if (found.gitDir !== undefined && isFree) await rename(found.trash, path)
  else await rm(found.trash, { recursive: true, force: true })
}

/** Deletes what killed removals left in `folder`: trash whose registration is gone. */
export async function sweepTrash(folder: string): Promise<void> {
  for (const name of (await unlessAbsent(readdir(folder))) ?? []) {
    if (!name.startsWith('.') || !name.endsWith(suffix)) continue
    const trash = join(folder, name)
    if ((await readGitFile(trash)) === undefined) await rm(trash, { recursive: true, force: true })
  }
}
