import { stat } from 'node:fs/promises'
import { type Context, inStore } from './context.ts'
import { settleHalfMade, unlessAbsent } from './half-made.ts'
import { listWorktrees } from './list-worktrees.ts'
import { toRealPath } from './locate-worktree.ts'
import type { DiscardWorktreeOptions, RemoveResult } from './types.ts'

/**
 * Removes a scratch worktree with whatever was built in it. Only a detached one that still stands on the
 * commit it was made at: files that no commit has are thrown away, commits never are.
 */
export async function discardWorktree(
  context: Context,
  path: string,
  options: DiscardWorktreeOptions,
): Promise<RemoveResult> {
  const real = await toRealPath(path)
  return context.lock.hold(async () => {
    await settleHalfMade(context)
    const worktrees = await listWorktrees(context, options.signal)
    const worktree = worktrees.find((candidate) => candidate.path === real)
    if (worktree === undefined) {
      const isThere = (await unlessAbsent(stat(real))) !== undefined
      return isThere
        ? { status: 'refused', reasons: ['it is not a worktree of this repository'] }
        : { status: 'absent' }
    }
    if (worktree.main || !worktree.detached) {
      return { status: 'refused', reasons: ['only a detached worktree can be thrown away'] }
    }
    if (worktree.head !== options.at) {
      return {
        status: 'refused',
        reasons: [`it stands on ${worktree.head ?? 'no commit'}, not on ${options.at}`],
      }
    }
    await context.git(['worktree', 'remove', '--force', real], { ...inStore(context), reads: false })
    return { status: 'removed' }
  }, options.signal)
}
