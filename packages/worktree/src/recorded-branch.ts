import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isBranchName } from './branch-name.ts'
import type { Context } from './context.ts'
import { lastCommitOf } from './diagnose.ts'
import { unlessAbsent } from './half-made.ts'
import { listWorktrees } from './list-worktrees.ts'
import { branchExists, listRefs } from './refs.ts'

/**
 * The branch that a worktree whose `HEAD` tells nothing was on: the last one that its log says it went to, else the only free
 * branch that stands on its last commit.
 */
export async function branchFromLog(context: Context, gitDir: string): Promise<string | undefined> {
  const log = (await unlessAbsent(readFile(join(gitDir, 'logs/HEAD'), 'utf8'))) ?? ''
  const last = log
    .split('\n')
    .flatMap((line) => /\tcheckout: moving from \S+ to (\S+)$/.exec(line)?.[1] ?? [])
    .at(-1)
  if (last !== undefined && isBranchName(last) && (await branchExists(context, last))) return last
  const commit = await lastCommitOf(context, gitDir, undefined)
  const taken = new Set((await listWorktrees(context)).map(({ branch }) => branch))
  const free = (await listRefs(context, 'refs/heads/'))
    .filter((ref) => ref.commit === commit)
    .map(({ name }) => name.slice('refs/heads/'.length))
    .filter((name) => !taken.has(name))
  return free.length === 1 ? free[0] : undefined
}
