import { checkCommitId } from './branch-name.ts'
import type { Context } from './context.ts'
import { mergeSettings } from './merge.ts'
import { withMergeStore } from './merge-store.ts'
import type { ConflictPrediction, PredictOptions } from './merge-types.ts'

export async function predictConflicts(
  context: Context,
  commits: readonly string[],
  options: PredictOptions = {},
): Promise<readonly ConflictPrediction[]> {
  const ids = commits.map(checkCommitId)
  const pairs = options.against === undefined ? pairsOf(ids) : pairsWith(checkCommitId(options.against), ids)
  if (pairs.length === 0) return []
  const shape = ['--write-tree', '--stdin', '--name-only', '--no-messages', '--allow-unrelated-histories']
  const { stdout } = await withMergeStore(context, ({ trial }) =>
    context.git([...mergeSettings, 'merge-tree', ...shape], {
      ...trial,
      reads: false,
      input: pairs.map(([left, right]) => `${left} ${right}\n`).join(''),
      signal: options.signal,
    }),
  )
  const conflicts = parseMerges(stdout)
  return pairs.map(([left, right], index) => ({ left, right, files: conflicts[index]?.files ?? [] }))
}

type Pair = readonly [left: string, right: string]

function pairsOf(commits: readonly string[]): readonly Pair[] {
  return commits.flatMap((left, index) => commits.slice(index + 1).map((right): Pair => [left, right]))
}

function pairsWith(left: string, commits: readonly string[]): readonly Pair[] {
  return commits.map((right): Pair => [left, right])
}

interface TriedMerge {
  readonly tree: string
  /** The files that conflict. */
  readonly files: readonly string[]
}

/** Reads `git merge-tree --stdin --name-only`: each merge is `<clean> NUL <tree> NUL (<path> NUL)… NUL`. */
export function parseMerges(text: string): readonly TriedMerge[] {
  const fields = text.split('\0')
  const merges: TriedMerge[] = []
  for (let start = 0; start + 2 < fields.length; ) {
    const end = fields.indexOf('', start + 2)
    merges.push({ tree: fields[start + 1] ?? '', files: [...new Set(fields.slice(start + 2, end))] })
    start = end + 1
  }
  return merges
}
