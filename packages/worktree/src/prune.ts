import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { type Context, inStore } from './context.ts'
import type { PruneOptions, PruneResult } from './damage-types.ts'
import { diagnose } from './diagnose.ts'
import { settleHalfMade, unlessAbsent } from './half-made.ts'
import { listWorktrees } from './list-worktrees.ts'
import { createRef, isInSomeRef } from './preserve.ts'
import { refToSave } from './remove-worktree.ts'
import { saveIndex } from './save-damaged.ts'
import type { WorktreeInfo } from './types.ts'

/** Forgets worktrees whose folder is gone, and saves first what only their git directory knows. */
export async function prune(context: Context, options: PruneOptions = {}): Promise<PruneResult> {
  return context.lock.hold(async () => {
    await settleHalfMade(context)
    const pruned: { path: string; saved?: string }[] = []
    const kept: { path: string; reason: string }[] = []
    for (const worktree of await listWorktrees(context, options.signal)) {
      const { path } = worktree
      if (worktree.main || (await unlessAbsent(stat(path))) !== undefined) continue
      const { gitDir } = await diagnose(context, path)
      if (worktree.halfMade || gitDir === undefined || gitDir === context.commonDir) continue
      if (worktree.locked !== undefined && !options.locked) {
        kept.push({ path, reason: `it is locked: ${worktree.locked || 'no reason given'}` })
        continue
      }
      if (options.dryRun) {
        pruned.push({ path })
        continue
      }
      const saved = await saveLast(context, worktree, gitDir)
      await rm(gitDir, { recursive: true, force: true })
      pruned.push(saved === undefined ? { path } : { path, saved })
    }
    await removeEmpty(context)
    return { pruned, kept }
  }, options.signal)
}

/** What was staged, or a detached commit that no ref has. */
async function saveLast(
  context: Context,
  { path, head, branch }: WorktreeInfo,
  gitDir: string,
): Promise<string | undefined> {
  const ref = refToSave({}, path)
  const staged = await saveIndex(context, { path: context.commonDir, gitDir }, ref)
  if (staged !== undefined || head === undefined || branch !== undefined) return staged
  const isCommit = await context.git(['cat-file', '-e', `${head}^{commit}`], {
    ...inStore(context),
    accept: [0, 1, 128],
  })
  if (isCommit.exitCode !== 0 || (await isInSomeRef(context, head))) return undefined
  return createRef(context, ref, head)
}

async function removeEmpty({ commonDir }: Context): Promise<void> {
  const folder = join(commonDir, 'worktrees')
  if ((await unlessAbsent(readdir(folder)))?.length === 0) await rm(folder, { recursive: true })
}
