import { checkCommitId } from './branch-name.ts'
import { commitTree, durably } from './commit-tree.ts'
import { type Context, inStore } from './context.ts'
import { listSides } from './merge-sides.ts'
import { withMergeStore } from './merge-store.ts'
import type { MergeOptions, MergeResult } from './merge-types.ts'

/** The same answer whatever the user's configuration says. */
export const mergeSettings: readonly string[] = [
  '-c',
  'core.attributesFile=/dev/null',
  '-c',
  'merge.default=text',
  '-c',
  'merge.renames=true',
  '-c',
  'merge.directoryRenames=conflict',
  '-c',
  'diff.renameLimit=7000',
]

/**
 * The merge is tried with a temporary object directory first, so that a conflict leaves no object behind; it is repeated for the
 * repository only when it is clean.
 */
export async function merge(context: Context, options: MergeOptions): Promise<MergeResult> {
  const { signal } = options
  const into = checkCommitId(options.into)
  const from = checkCommitId(options.from)
  const base = await findMergeBase(context, into, from, signal)
  if (base === from) return { status: 'up-to-date', commit: into }
  const listing = base === undefined ? [] : listSides(context, { base, into, from }, signal)
  const [{ tree, conflicts, files }, sides] = await Promise.all([
    tryMerge(context, into, from, signal),
    listing,
  ])
  if (tree === undefined) return { status: 'conflicted', files: conflicts, sides }
  const commit = await commitTree(context, { ...options, tree, parents: [into, from] })
  return { status: 'merged', commit, files, sides }
}

export async function findMergeBase(
  context: Context,
  into: string,
  from: string,
  signal?: AbortSignal,
): Promise<string | undefined> {
  const run = { ...inStore(context), accept: [0, 1], signal }
  const { exitCode, stdout } = await context.git(['merge-base', into, from], run)
  return exitCode === 0 ? stdout.trim() : undefined
}

interface Merged {
  /** Absent when it conflicts. */
  readonly tree?: string
  readonly conflicts: readonly string[]
  readonly files: readonly string[]
}

async function tryMerge(context: Context, into: string, from: string, signal?: AbortSignal): Promise<Merged> {
  return withMergeStore(context, async ({ trial, write }) => {
    const start = [...mergeSettings, ...durably, 'merge-tree', '--write-tree', '--no-messages']
    const names = [...start, '--name-only', '-z', into, from]
    const tried = await context.git(names, { ...trial, reads: false, accept: [0, 1], signal })
    const [tree = '', ...paths] = tried.stdout.split('\0')
    if (tried.exitCode === 1) return { conflicts: unique(paths), files: [] }
    const changed = ['diff-tree', '-r', '-z', '--name-only', '--no-renames', into, tree.trim(), '--']
    const [{ stdout }] = await Promise.all([
      context.git(changed, { ...trial, signal }),
      context.git([...start, into, from], { ...write, reads: false, signal }),
    ])
    return { tree: tree.trim(), conflicts: [], files: unique(stdout.split('\0')) }
  })
}

function unique(paths: readonly string[]): readonly string[] {
  return [...new Set(paths.filter((path) => path !== ''))]
}
