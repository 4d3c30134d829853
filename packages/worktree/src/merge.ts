import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { checkCommitId } from './branch-name.ts'
import { commitTree, durably } from './commit-tree.ts'
import { type Context, inStore } from './context.ts'
import type { GitResult } from './git.ts'
import type { MergeOptions, MergeResult } from './types.ts'

/** The same answer whatever the user's configuration says. */
const settings = [
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
  const ancestry = ['merge-base', '--is-ancestor', from, into]
  const { exitCode } = await context.git(ancestry, { ...inStore(context), accept: [0, 1], signal })
  if (exitCode === 0) return { status: 'up-to-date', commit: into }
  const trial = await tryMerge(context, into, from, signal)
  const [tree = '', ...paths] = trial.stdout.split('\0')
  if (trial.exitCode === 1) return { status: 'conflicted', files: unique(paths) }
  const write = ['merge-tree', '--write-tree', '--no-messages', into, from]
  await context.git([...settings, ...durably, ...write], { ...inStore(context), reads: false, signal })
  const files = await listChanged(context, into, tree.trim(), signal)
  const parents = [into, from]
  const commit = await commitTree(context, { ...options, tree: tree.trim(), parents })
  return { status: 'merged', commit, files }
}

async function tryMerge(
  context: Context,
  into: string,
  from: string,
  signal?: AbortSignal,
): Promise<GitResult> {
  const folder = await mkdtemp(join(tmpdir(), 'tmo-merge-'))
  try {
    const args = ['merge-tree', '--write-tree', '--name-only', '--no-messages', '-z', into, from]
    return await context.git([...settings, ...args], {
      ...inStore(context),
      reads: false,
      accept: [0, 1],
      signal,
      env: {
        GIT_OBJECT_DIRECTORY: folder,
        GIT_ALTERNATE_OBJECT_DIRECTORIES: quoteAlternate(join(context.commonDir, 'objects')),
      },
    })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** The list is separated by colons; a quoted entry may hold any byte. */
function quoteAlternate(path: string): string {
  const escaped = path.replace(/["\\]/g, '\\$&').replace(/\n/g, '\\n').replace(/\t/g, '\\t')
  return `"${escaped}"`
}

async function listChanged(
  context: Context,
  from: string,
  to: string,
  signal?: AbortSignal,
): Promise<readonly string[]> {
  const args = ['diff-tree', '-r', '-z', '--name-only', '--no-renames', from, to]
  const { stdout } = await context.git(args, { ...inStore(context), signal })
  return unique(stdout.split('\0'))
}

function unique(paths: readonly string[]): readonly string[] {
  return [...new Set(paths.filter((path) => path !== ''))]
}
