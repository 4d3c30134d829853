import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { type Context, inWorktree } from './context.ts'
import { distance } from './distance.ts'
import { isWorktreeError } from './errors.ts'
import { unlessAbsent } from './half-made.ts'
import { type Located, locateWorktree } from './locate-worktree.ts'
import { parseStatus } from './parse-status.ts'
import type { InspectOptions, WorktreeOperation, WorktreeState } from './types.ts'

type Found = Extract<Located, { status: 'found' }>

export async function inspect(
  context: Context,
  path: string,
  options: InspectOptions = {},
): Promise<WorktreeState> {
  const located = await locateWorktree(context, path)
  if (located.status === 'broken') return brokenState(located.reason)
  return inspectLocated(context, located, options)
}

export async function inspectLocated(
  context: Context,
  located: Found,
  options: InspectOptions = {},
): Promise<WorktreeState> {
  const run = { ...inWorktree(context, located), signal: options.signal }
  const flags = [
    '--porcelain=v2',
    '--branch',
    '-z',
    '--untracked-files=normal',
    '--no-renames',
    '--no-ahead-behind',
  ]
  const answer = await context.git(['status', ...flags, '--ignore-submodules=none'], run).catch(brokenReason)
  if (typeof answer === 'string') return brokenState(answer)
  const counts = parseStatus(answer.stdout)
  const operation = await findOperation(located.gitDir)
  const clean = counts.staged + counts.unstaged + counts.untracked + counts.conflicted === 0
  const counted =
    options.base === undefined || counts.head === undefined
      ? {}
      : await distance(context, { from: options.base, to: counts.head, signal: options.signal })
  return {
    ...counts,
    clean,
    ...counted,
    ...(operation === undefined ? {} : { operation }),
    observedAt: Date.now(),
  }
}

function brokenReason(error: unknown): string {
  if (isWorktreeError(error, 'GIT_FAILED') && error.details.exitCode === 128)
    return error.details.stderr || 'git cannot read it'
  throw error
}

function brokenState(broken: string): WorktreeState {
  const nothing = { staged: 0, unstaged: 0, untracked: 0, conflicted: 0 }
  return { ...nothing, clean: false, broken, observedAt: Date.now() }
}

const traces: readonly (readonly [string, WorktreeOperation])[] = [
  ['MERGE_HEAD', 'merge'],
  ['rebase-merge', 'rebase'],
  ['rebase-apply', 'rebase'],
  ['CHERRY_PICK_HEAD', 'cherry-pick'],
  ['REVERT_HEAD', 'revert'],
  ['BISECT_LOG', 'bisect'],
]

async function findOperation(gitDir: string): Promise<WorktreeOperation | undefined> {
  const found = await Promise.all(traces.map(([name]) => unlessAbsent(stat(join(gitDir, name)))))
  return traces.find((_, index) => found[index] !== undefined)?.[1]
}
