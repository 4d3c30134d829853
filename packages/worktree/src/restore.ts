import { link, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { badRef } from './branch-name.ts'
import { type Context, inStore, inWorktree } from './context.ts'
import { copyIndex } from './copy-index.ts'
import { disarmed } from './disarmed.ts'
import type { GitOptions } from './git.ts'
import { unlessAbsent } from './half-made.ts'
import { inspectLocated } from './inspect.ts'
import { locateWorktree } from './locate-worktree.ts'
import { hasSystemCode } from './owner-record.ts'
import { exactly, parseUnmerged, takeSnapshot } from './preserve.ts'
import type { RestoreOptions, RestoreResult } from './preserved-types.ts'
import { resolveCommit } from './refs.ts'
import { parseSavedMessage, type SavedState } from './saved-state.ts'
import { withScratch } from './scratch.ts'

interface Saved {
  readonly commit: string
  readonly head: string | undefined
  readonly staged: string
  readonly state: SavedState
}

interface Place {
  readonly path: string
  readonly gitDir: string
}

/**
 * Files first, index last: a restore that was cut off leaves a worktree with changes and the ref as it was. What came out is
 * compared with what was saved.
 */
export async function restore(
  context: Context,
  path: string,
  options: RestoreOptions,
): Promise<RestoreResult> {
  const { signal } = options
  const saved = await readSaved(context, options.ref, signal)
  const located = await locateWorktree(context, path)
  if (located.status === 'broken') return refuse(`it is broken: ${located.reason}`)
  if (located.main) return refuse("it is the repository's main worktree")
  const state = await inspectLocated(context, located, options)
  if (state.broken !== undefined) return refuse(`it is broken: ${state.broken}`)
  if (!state.clean || state.operation !== undefined) return refuse('it has changes of its own')
  if (state.head !== saved.head)
    return refuse(`it stands on ${state.head ?? 'no commit'}, the saved work on ${saved.head ?? 'none'}`)
  await withScratch(context, (folder) => putBack(context, located, saved, { folder, signal }))
  const after = await takeSnapshot(context, located, signal)
  const inexact = [
    ...(await listDifferent(context, `${saved.commit}^{tree}`, after.filesTree, signal)),
    ...(await listDifferent(context, `${saved.staged}^{tree}`, after.indexTree, signal)),
    ...after.nested,
  ]
  return { status: 'restored', commit: saved.commit, inexact: [...new Set(inexact)] }
}

function refuse(reason: string): RestoreResult {
  return { status: 'refused', reasons: [reason] }
}

async function readSaved(context: Context, ref: string, signal?: AbortSignal): Promise<Saved> {
  const commit = await resolveCommit(context, ref)
  if (commit === undefined) throw badRef(ref, 'names no commit')
  const args = [
    'rev-list',
    '--max-count=1',
    '--no-commit-header',
    '--encoding=UTF-8',
    '--format=%P%x00%B',
    commit,
  ]
  const { stdout } = await context.git(args, { ...inStore(context), signal })
  const [parents = '', body = ''] = stdout.split('\0')
  const { state } = parseSavedMessage(body)
  const [first, second] = parents.split(' ')
  if (state === undefined || first === undefined) throw badRef(ref, 'holds no saved worktree')
  return second === undefined
    ? { commit, head: undefined, staged: first, state }
    : { commit, head: first, staged: second, state }
}

async function putBack(
  context: Context,
  place: Place,
  saved: Saved,
  { folder, signal }: { readonly folder: string; readonly signal: AbortSignal | undefined },
): Promise<void> {
  const filters = await disarmed(context, place.gitDir)
  const on = (index: string): GitOptions => ({
    ...inWorktree(context, place),
    env: { ...filters, GIT_INDEX_FILE: index },
    reads: false,
    signal,
  })
  const files = join(folder, 'files')
  const index = join(place.gitDir, 'index')
  await unlessAbsent(copyIndex(index, files))
  const from = saved.head === undefined ? [] : [saved.head]
  // Also what lies outside of a sparse checkout and differs; all else there stays away.
  const readTree = ['read-tree', '-m', '-u', '--no-sparse-checkout']
  await context.git([...exactly, ...readTree, ...from, saved.commit], on(files))
  // The index of the files knows their stat data: what is staged as it lies there need not be read again.
  const staged = join(folder, 'staged')
  await copyIndex(files, staged)
  await context.git(['read-tree', '-m', saved.staged], on(staged))
  await putBackEntries(context, saved.state, on(staged))
  await context.git(['update-index', '-q', '--refresh'], { ...on(staged), accept: [0, 1] })
  for (const [name, content] of Object.entries(saved.state.operation ?? {}))
    await writeFile(join(place.gitDir, name), content)
  await replaceIndex(staged, index)
}

async function putBackEntries(context: Context, state: SavedState, run: GitOptions): Promise<void> {
  const unmerged = state.unmerged ?? []
  if (unmerged.length > 0) {
    const zeros = (object: string): string => '0'.repeat(object.length)
    const gone = unmerged
      .map(parseUnmerged)
      .map(({ object, path, side }) => `0 ${zeros(object)}\t${path}~${side}\0`)
    const input = [...gone, ...unmerged.map((line) => `${line}\0`)].join('')
    await context.git(['update-index', '-z', '--index-info'], { ...run, input, bytes: true })
  }
  if (state.intentToAdd === undefined) return
  const input = state.intentToAdd.map((path) => `${path}\0`).join('')
  const add = ['--literal-pathspecs', 'add', '--intent-to-add', '--force', '--sparse']
  await context.git([...add, '--pathspec-from-file=-', '--pathspec-file-nul'], { ...run, input, bytes: true })
}

/** As git does it: nobody else writes the index while `index.lock` is there. */
async function replaceIndex(from: string, index: string): Promise<void> {
  const lock = `${index}.lock`
  const draft = `${index}.tmo-${process.pid}`
  await copyIndex(from, draft)
  try {
    await link(draft, lock)
  } catch (error) {
    if (!hasSystemCode(error, 'EEXIST')) throw error
    throw badRef(index, 'is locked: a git command is at work')
  } finally {
    await rm(draft, { force: true })
  }
  await rename(lock, index)
}

async function listDifferent(
  context: Context,
  from: string,
  to: string,
  signal?: AbortSignal,
): Promise<readonly string[]> {
  const args = ['diff-tree', '-r', '-z', '--name-only', '--no-renames', from, to, '--']
  const { stdout } = await context.git(args, { ...inStore(context), signal })
  return stdout.split('\0').filter((path) => path !== '')
}
