import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { commitTree, durably } from './commit-tree.ts'
import { type Context, inStore, inWorktree } from './context.ts'
import { unlessAbsent } from './half-made.ts'
import { createRef } from './preserve.ts'
import { resolveCommits } from './refs.ts'

const message = 'Saved before a repair'

/** Saves the files that are there to a ref, under the given names; absent when none is. */
export async function saveFiles(
  context: Context,
  files: Readonly<Record<string, string>>,
  ref: string,
): Promise<string | undefined> {
  const names: string[] = []
  for (const [name, path] of Object.entries(files))
    if ((await unlessAbsent(stat(path)))?.isFile() && !path.includes('\n')) names.push(name)
  if (names.length === 0) return undefined
  const args = [...durably, 'hash-object', '-w', '--no-filters', '--stdin-paths']
  const input = names.map((name) => `${files[name]}\n`).join('')
  const { stdout } = await context.git(args, { ...inStore(context), reads: false, input })
  const objects = stdout.split('\n')
  const entries = names.map((name, index) => ({ name, object: objects[index] ?? '' }))
  return saveBlobs(context, entries, ref)
}

/** How many blobs that nothing reaches are saved; beyond that they are a repository's rubbish, not an index's. */
const danglingMax = 2000

/**
 * Saves every blob that no ref, log or index reaches: what was staged is among them when its index cannot be read any more.
 * Absent when there is none.
 */
export async function saveDangling(context: Context, ref: string): Promise<string | undefined> {
  const args = ['fsck', '--unreachable', '--no-progress', '--connectivity-only']
  const accept = Array.from({ length: 16 }, (_, code) => code)
  const { stdout } = await context.git(args, { ...inStore(context), accept })
  const blobs = stdout.split('\n').flatMap((line) => /^unreachable blob ([0-9a-f]+)$/.exec(line)?.[1] ?? [])
  const kept = blobs.slice(0, danglingMax)
  if (kept.length === 0) return undefined
  return saveBlobs(
    context,
    kept.map((object) => ({ name: object, object })),
    ref,
  )
}

/** Saves an index whose folder is gone, unless it says nothing that `HEAD` does not. */
export async function saveIndex(
  context: Context,
  place: { readonly path: string; readonly gitDir: string },
  ref: string,
): Promise<string | undefined> {
  if ((await unlessAbsent(stat(join(place.gitDir, 'index')))) === undefined) return undefined
  const run = { ...inWorktree(context, place), reads: false }
  const written = await context.git([...durably, 'write-tree'], { ...run, accept: [0, 128] })
  if (written.exitCode !== 0) return saveFiles(context, { index: join(place.gitDir, 'index') }, ref)
  const tree = written.stdout.trim()
  const same = await context.git(['diff-tree', '--quiet', 'HEAD', tree, '--'], {
    ...run,
    accept: [0, 1, 128],
  })
  if (same.exitCode === 0) return undefined
  const head = await context.git(['rev-parse', '--verify', '--quiet', 'HEAD'], {
    ...run,
    accept: [0, 1, 128],
  })
  const [parent] = await resolveCommits(context, [head.stdout.trim()])
  const parents = parent === undefined ? [] : [parent]
  return createRef(
    context,
    ref,
    await commitTree(context, { tree, parents, message: `${message}: the index` }),
  )
}

async function saveBlobs(
  context: Context,
  entries: readonly { readonly name: string; readonly object: string }[],
  ref: string,
): Promise<string> {
  const input = entries.map(({ name, object }) => `100644 blob ${object}\t${name}\0`).join('')
  const tree = await context.git([...durably, 'mktree', '-z'], { ...inStore(context), reads: false, input })
  const commit = await commitTree(context, { tree: tree.stdout.trim(), parents: [], message })
  return createRef(context, ref, commit)
}
