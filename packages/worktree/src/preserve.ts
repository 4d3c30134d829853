import { join } from 'node:path'
import { badRef, isBranchName } from './branch-name.ts'
import { commitTree, durably } from './commit-tree.ts'
import { type Context, inStore, inWorktree } from './context.ts'
import { copyIndex } from './copy-index.ts'
import { disarmed } from './disarmed.ts'
import { WorktreeError } from './errors.ts'
import type { GitOptions } from './git.ts'
import { unlessAbsent } from './half-made.ts'
import { locateWorktree } from './locate-worktree.ts'
import { listRefs, readRef, resolveCommits } from './refs.ts'
import { formatSavedMessage, operationHeads, readState, type SavedState } from './saved-state.ts'
import { withScratch } from './scratch.ts'
import type { PreserveOptions, PreserveResult } from './types.ts'

/** The trees of one moment. */
export interface Snapshot {
  readonly head: string | undefined
  readonly headTree: string | undefined
  readonly indexTree: string
  readonly filesTree: string
  readonly nested: readonly string[]
  /** What the trees cannot hold. */
  readonly state: SavedState
}

export async function preserve(
  context: Context,
  path: string,
  options: PreserveOptions,
): Promise<PreserveResult> {
  const located = await locateWorktree(context, path)
  if (located.status === 'broken') throw cannotRead(path, located.reason)
  const snapshot = await takeSnapshot(context, located, options.signal)
  return saveSnapshot(context, snapshot, options)
}

/** Line ends are saved and restored as they are, where no attribute says otherwise. */
export const exactly: readonly string[] = [
  '-c',
  'core.safecrlf=false',
  '-c',
  'core.autocrlf=false',
  '-c',
  'core.eol=lf',
]

/** Reads files and index through a copy of the index: the worktree's own is neither locked nor written. */
export async function takeSnapshot(
  context: Context,
  located: { readonly path: string; readonly gitDir: string },
  signal?: AbortSignal,
): Promise<Snapshot> {
  return withScratch(context, async (folder) => {
    const index = join(folder, 'index')
    await unlessAbsent(copyIndex(join(located.gitDir, 'index'), index))
    const env = { ...(await disarmed(context, located.gitDir)), GIT_INDEX_FILE: index }
    const run = { ...inWorktree(context, located), env, signal }
    const [head, headTree] = await readHead(context, run)
    const unmerged = await listUnmerged(context, run)
    const state = await readState(context, located.gitDir, run, unmerged)
    const indexTree = await writeIndexTree(context, run, unmerged)
    const add = [...exactly, '-c', 'add.ignoreErrors=false', 'add', '--all', '--sparse', '--', '.']
    await context.git([...durably, '-c', 'advice.addEmbeddedRepo=false', ...add], { ...run, reads: false })
    const filesTree = await writeTree(context, run)
    const nested = await listNested(context, indexTree, filesTree, signal)
    return { head, headTree, indexTree, filesTree, nested, state }
  })
}

/** Saves a snapshot unless all of it stands in a ref already; `keepHead`: a clean one on its branch as well. */
export async function saveSnapshot(
  context: Context,
  snapshot: Snapshot,
  options: PreserveOptions & { readonly keepHead?: boolean },
): Promise<PreserveResult> {
  const { head, headTree, indexTree, filesTree, nested, state } = snapshot
  const isClean =
    state.operation === undefined &&
    state.intentToAdd === undefined &&
    filesTree === indexTree &&
    (headTree === undefined ? emptyTrees.has(indexTree) : indexTree === headTree)
  if (isClean && head === undefined) return { status: 'nothing-to-preserve' }
  if (
    isClean &&
    head !== undefined &&
    !options.keepHead &&
    (await isInSomeRef(context, head, options.signal))
  )
    return { status: 'nothing-to-preserve' }
  const message = options.message ?? 'Work saved from a worktree'
  const commit =
    isClean && head !== undefined ? head : await commitSnapshot(context, snapshot, message, options.signal)
  const ref = await createRef(context, options.ref, commit)
  return { status: 'preserved', ref, commit, ...(nested.length === 0 ? {} : { unsaved: nested }) }
}

/** The tree without entries, in SHA-1 and in SHA-256 repositories. */
const emptyTrees = new Set([
  '4b825dc642cb6eb9a060e54bf8d69288fbee4904',
  '6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321',
])

async function commitSnapshot(
  context: Context,
  snapshot: Snapshot,
  message: string,
  signal?: AbortSignal,
): Promise<string> {
  const { head, indexTree, filesTree, state } = snapshot
  const parents = head === undefined ? [] : [head]
  const staged = await commitTree(context, {
    tree: indexTree,
    parents,
    message: `${message} (index)`,
    signal,
  })
  const heads = operationHeads.flatMap((name) => state.operation?.[name]?.split('\n') ?? [])
  const known = await resolveCommits(context, heads, signal)
  const others = known.filter((commit) => commit !== undefined)
  return commitTree(context, {
    tree: filesTree,
    parents: [...new Set([...parents, staged, ...others])],
    message: formatSavedMessage(message, state),
    signal,
  })
}

async function readHead(
  context: Context,
  run: GitOptions,
): Promise<readonly [string | undefined, string | undefined]> {
  const input = 'HEAD^{commit}\nHEAD^{tree}\n'
  const { stdout } = await context.git(['cat-file', '--batch-check'], { ...run, input })
  const [head, tree] = stdout.split('\n').map((line) => /^([0-9a-f]{40,64}) (?:commit|tree) /.exec(line)?.[1])
  return [head, tree]
}

async function listUnmerged(context: Context, run: GitOptions): Promise<readonly string[]> {
  const { stdout } = await context.git(['ls-files', '--unmerged', '-z'], { ...run, bytes: true })
  return stdout.split('\0').filter((line) => line !== '')
}

/** The index as a tree; unmerged paths become `<path>~base`, `~ours` and `~theirs`, since a tree has no stages. */
async function writeIndexTree(
  context: Context,
  run: GitOptions,
  unmerged: readonly string[],
): Promise<string> {
  if (unmerged.length === 0) return writeTree(context, run)
  const copy = `${run.env?.['GIT_INDEX_FILE']}-unmerged`
  await copyIndex(run.env?.['GIT_INDEX_FILE'] ?? '', copy)
  const onCopy = { ...run, reads: false, env: { ...run.env, GIT_INDEX_FILE: copy } }
  const sides = unmerged.map(parseUnmerged)
  const gone = sides.map(({ object, path }) => `0 ${'0'.repeat(object.length)}\t${path}\0`)
  const added = sides.map(({ mode, object, path, side }) => `${mode} ${object} 0\t${path}~${side}\0`)
  const input = [...new Set(gone), ...added].join('')
  await context.git(['update-index', '-z', '--index-info'], { ...onCopy, input, bytes: true })
  return writeTree(context, onCopy)
}

/** One line of `git ls-files --unmerged`. */
export function parseUnmerged(line: string): {
  readonly mode: string
  readonly object: string
  readonly path: string
  readonly side: string
} {
  const [, mode = '', object = '', stage = '', path = ''] =
    /^(\d+) ([0-9a-f]+) ([123])\t([\s\S]*)$/.exec(line) ?? []
  return { mode, object, path, side: ['base', 'ours', 'theirs'][Number(stage) - 1] ?? '' }
}

async function writeTree(context: Context, run: GitOptions): Promise<string> {
  const { stdout } = await context.git([...durably, 'write-tree'], { ...run, reads: false })
  return stdout.trim()
}

/** Repositories inside the worktree that the index does not know as submodules: git keeps only their commit id. */
async function listNested(
  context: Context,
  indexTree: string,
  filesTree: string,
  signal?: AbortSignal,
): Promise<readonly string[]> {
  if (indexTree === filesTree) return []
  const args = ['diff-tree', '-r', '-z', '--no-renames', indexTree, filesTree]
  const { stdout } = await context.git(args, { ...inStore(context), signal })
  const fields = stdout.split('\0')
  return fields.filter((_, index) => index % 2 === 1 && /^:\d{6} 160000 /.test(fields[index - 1] ?? ''))
}

export async function isInSomeRef(
  context: Context,
  commit: string,
  signal?: AbortSignal,
  prefixes: readonly string[] = [],
): Promise<boolean> {
  const args = ['for-each-ref', '--count=1', '--format=%(refname)', '--contains', commit, ...prefixes]
  return (await context.git(args, { ...inStore(context), signal })).stdout !== ''
}

const attemptsMax = 100

/** Creates the ref, which must not exist; a name ending in `/*` takes the next free number. */
export async function createRef(context: Context, wanted: string, commit: string): Promise<string> {
  const folder = wanted.endsWith('/*') ? wanted.slice(0, -1) : undefined
  const name = folder === undefined ? wanted : `${folder}1`
  if (!name.startsWith('refs/') || !isBranchName(name)) throw badRef(wanted, 'is not a ref to save to')
  for (let attempt = 0; attempt < attemptsMax; attempt += 1) {
    const ref = folder === undefined ? wanted : await nextFree(context, folder)
    if (await tryCreate(context, ref, commit)) return ref
    if (folder === undefined) break
  }
  throw badRef(
    wanted,
    folder === undefined ? 'exists already' : `had no free number in ${attemptsMax} attempts`,
  )
}

/** False when somebody else has created the ref. */
async function tryCreate(context: Context, ref: string, commit: string): Promise<boolean> {
  const args = [...durably, 'update-ref', '--no-deref', ref, commit, '0'.repeat(commit.length)]
  const run = { ...inStore(context), reads: false }
  if ((await context.git(args, { ...run, accept: [0, 1, 128] })).exitCode === 0) return true
  if ((await readRef(context, ref)) !== undefined) return false
  await context.git(args, run)
  return true
}

async function nextFree(context: Context, folder: string): Promise<string> {
  const numbers = (await listRefs(context, folder)).map(({ name }) => Number(name.slice(folder.length)))
  return `${folder}${Math.max(0, ...numbers.filter(Number.isInteger)) + 1}`
}

function cannotRead(path: string, reason: string): WorktreeError {
  return new WorktreeError('NOT_A_REPOSITORY', `the worktree ${path} cannot be saved: ${reason}`, {
    details: { path },
    hint: 'inspect() tells what is broken; `git worktree repair` may help.',
  })
}
