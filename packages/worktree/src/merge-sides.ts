import { type Context, inStore } from './context.ts'
import type { FileChange, FileSides } from './merge-types.ts'

/** What each side has done since their common ancestor, file by file, by path. */
export async function listSides(
  context: Context,
  commits: { readonly base: string; readonly into: string; readonly from: string },
  signal?: AbortSignal,
): Promise<readonly FileSides[]> {
  const [into, from] = await Promise.all([
    listChanges(context, commits.base, commits.into, signal),
    listChanges(context, commits.base, commits.from, signal),
  ])
  const paths = [...new Set([...into.keys(), ...from.keys()])].sort()
  return paths.map((path) => {
    const [ours, theirs] = [into.get(path), from.get(path)]
    return {
      path,
      ...(ours === undefined ? {} : { into: ours }),
      ...(theirs === undefined ? {} : { from: theirs }),
    }
  })
}

async function listChanges(
  context: Context,
  from: string,
  to: string,
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, FileChange>> {
  const shape = ['-r', '-z', '--raw', '--numstat', '--no-renames', '--no-ext-diff', '--no-textconv']
  const { stdout } = await context.git(['diff-tree', ...shape, from, to, '--'], {
    ...inStore(context),
    signal,
  })
  return parseChanges(stdout)
}

const kinds: Readonly<Record<string, FileChange['kind']>> = {
  A: 'added',
  M: 'modified',
  D: 'deleted',
  T: 'type-changed',
}

/** Reads `git diff-tree -r -z --raw --numstat`: first every change, then every count. */
export function parseChanges(text: string): ReadonlyMap<string, FileChange> {
  const fields = text.split('\0')
  const changes = new Map<string, FileChange>()
  let index = 0
  for (; fields[index]?.startsWith(':'); index += 2) {
    const status = fields[index]?.split(' ').at(-1)?.[0] ?? ''
    changes.set(fields[index + 1] ?? '', { kind: kinds[status] ?? 'modified' })
  }
  for (const field of fields.slice(index)) {
    const [, added, removed, path] = /^(\d+|-)\t(\d+|-)\t([\s\S]+)$/.exec(field) ?? []
    const change = path === undefined ? undefined : changes.get(path)
    if (path === undefined || change === undefined || added === '-') continue
    changes.set(path, { ...change, addedLines: Number(added), removedLines: Number(removed) })
  }
  return changes
}
