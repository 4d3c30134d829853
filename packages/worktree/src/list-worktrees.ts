import { type Context, inStore } from './context.ts'
import { isHalfMadeReason } from './half-made.ts'
import { parseWorktreeList } from './parse-worktree-list.ts'
import type { WorktreeInfo } from './types.ts'

export async function listWorktrees(
  context: Context,
  signal?: AbortSignal,
): Promise<readonly WorktreeInfo[]> {
  const args = ['worktree', 'list', '--porcelain', '-z']
  const { stdout } = await context.git(args, { ...inStore(context), signal })
  return parseWorktreeList(stdout).map((worktree) => ({
    ...worktree,
    ...(worktree.main ? { path: context.root } : {}),
    ...(isHalfMadeReason(worktree.locked) ? { halfMade: true } : {}),
  }))
}
