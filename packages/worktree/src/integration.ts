import { type Context, inStore } from './context.ts'
import { findMergeBase, mergeSettings } from './merge.ts'
import { withMergeStore } from './merge-store.ts'
import { parseMerges } from './predict-conflicts.ts'

/** Whether a commit is in another: with its history, or only with what it changes (squashed, rebased, picked). */
export type Integration = 'merged' | 'squash-merged' | 'unmerged'

/** How `base` has each of the commits. */
export async function findIntegration(
  context: Context,
  base: string,
  heads: readonly string[],
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, Integration>> {
  const missing = await listMissing(context, [...new Set(heads)], [`^${base}`], signal)
  const found = new Map<string, Integration>(heads.map((head) => [head, 'merged']))
  if (missing.length === 0) return found
  const added = await listAdding(context, base, missing, signal)
  for (const head of missing) {
    const isThere = !added.has(head) || (await isPatchIn(context, base, head, signal))
    found.set(head, isThere ? 'squash-merged' : 'unmerged')
  }
  return found
}

/** The heads that no remote-tracking branch contains. */
export async function listUnpushed(
  context: Context,
  heads: readonly string[],
  signal?: AbortSignal,
): Promise<readonly string[]> {
  const any = ['for-each-ref', '--count=1', '--format=%(refname)', 'refs/remotes/']
  if ((await context.git(any, { ...inStore(context), signal })).stdout === '') return heads
  return listMissing(context, heads, ['--not', '--remotes'], signal)
}

async function listMissing(
  context: Context,
  heads: readonly string[],
  exclude: readonly string[],
  signal?: AbortSignal,
): Promise<readonly string[]> {
  if (heads.length === 0) return []
  const args = ['rev-list', ...heads, ...exclude, '--']
  const { stdout } = await context.git(args, { ...inStore(context), signal })
  const missing = new Set(stdout.split('\n'))
  return heads.filter((head) => missing.has(head))
}

/** The heads whose merge would change `base`. */
async function listAdding(
  context: Context,
  base: string,
  heads: readonly string[],
  signal?: AbortSignal,
): Promise<ReadonlySet<string>> {
  const tree = await context.git(['rev-parse', '--verify', '--end-of-options', `${base}^{tree}`], {
    ...inStore(context),
    signal,
  })
  const shape = ['--write-tree', '--stdin', '--name-only', '--no-messages', '--allow-unrelated-histories']
  const { stdout } = await withMergeStore(context, ({ trial }) =>
    context.git([...mergeSettings, 'merge-tree', ...shape], {
      ...trial,
      reads: false,
      input: heads.map((head) => `${base} ${head}\n`).join(''),
      signal,
    }),
  )
  const merges = parseMerges(stdout)
  return new Set(heads.filter((_, index) => merges[index]?.tree !== tree.stdout.trim()))
}

/** How many commits of `base` are compared with what a branch changes. */
const commitsMax = 1000
const patchBytesMax = 16 * 1024 * 1024

/** True when a commit of `base` makes the very change that the branch makes as a whole. */
async function isPatchIn(
  context: Context,
  base: string,
  head: string,
  signal?: AbortSignal,
): Promise<boolean> {
  const start = await findMergeBase(context, base, head, signal)
  if (start === undefined) return false
  const run = { ...inStore(context), signal, bytes: true, maxBytes: patchBytesMax }
  const shape = ['diff-tree', '-p', '-r', '--full-index', '--no-ext-diff', '--no-textconv', '--no-color']
  const whole = await context.git([...shape, start, head, '--'], run)
  if (whole.truncated || whole.stdout === '') return false
  const names = await context.git(['diff-tree', '-r', '-z', '--name-only', start, head, '--'], run)
  const paths = names.stdout
    .split('\0')
    .filter((path) => path !== '')
    .slice(0, 20)
  const range = ['rev-list', '--no-merges', `--max-count=${commitsMax}`, base, `^${start}`, '--', ...paths]
  const commits = await context.git(['--literal-pathspecs', ...range], run)
  if (commits.stdout === '') return false
  const patches = await context.git([...shape, '--stdin'], { ...run, input: commits.stdout })
  const [own] = await patchIds(context, `${'0'.repeat(40)}\n${whole.stdout}`, signal)
  const others = await patchIds(context, patches.stdout, signal)
  return own !== undefined && others.includes(own)
}

async function patchIds(context: Context, patches: string, signal?: AbortSignal): Promise<readonly string[]> {
  const run = { ...inStore(context), signal, bytes: true, input: patches }
  const { stdout } = await context.git(['patch-id', '--stable'], run)
  return stdout.split('\n').flatMap((line) => line.split(' ')[0] || [])
}
