import { readdir, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { type Context, inStore } from './context.ts'
import { findHolders, type Holder } from './find-holders.ts'
import { settleHalfMade, unlessAbsent } from './half-made.ts'
import { inspectWithPaths } from './inspect.ts'
import { listWorktrees } from './list-worktrees.ts'
import { locateWorktree, toRealPath } from './locate-worktree.ts'
import { createRef, isInSomeRef, type Snapshot, saveSnapshot, takeSnapshot } from './preserve.ts'
import { resolveCommits } from './refs.ts'
import { finishInterruptedRemoval, sweepTrash, trashOf } from './trash.ts'
import type { RemoveResult, RemoveWorktreeOptions, WorktreeInfo, WorktreeState } from './types.ts'

type Saved = { readonly ref: string; readonly commit: string }
interface Place {
  readonly path: string
  readonly gitDir: string
}
/** The ref is named after the worktree's own path: at the second look it lies under another name. */
type RemovePresentOptions = RemoveWorktreeOptions & { readonly preserveRef: string }

interface Check {
  readonly reasons: readonly string[]
  /** The files behind the reasons. */
  readonly losses?: readonly string[]
  readonly saved?: { readonly snapshot: Snapshot; readonly at?: Saved }
}

export async function removeWorktree(
  context: Context,
  path: string,
  options: RemoveWorktreeOptions = {},
): Promise<RemoveResult> {
  const real = await toRealPath(path)
  return context.lock.hold(async () => {
    await settleHalfMade(context)
    await finishInterruptedRemoval(context, real)
    await sweepTrash(dirname(real))
    const worktrees = await listWorktrees(context, options.signal)
    const worktree = worktrees.find((candidate) => candidate.path === real)
    if (worktree === undefined) return unregistered(real)
    const barred = bars(worktree, options)
    if (barred.length > 0) return { status: 'refused', reasons: barred, ...(await heldBy(real)) }
    if ((await unlessAbsent(stat(real))) === undefined) return forgetMissing(context, worktree, options)
    return removePresent(context, worktree, { ...options, preserveRef: refToSave(options, real) })
  }, options.signal)
}

async function unregistered(path: string): Promise<RemoveResult> {
  if ((await unlessAbsent(stat(path))) === undefined) return { status: 'absent' }
  return { status: 'refused', reasons: ['it is not a worktree of this repository'] }
}

/** What no force overcomes. */
function bars(worktree: WorktreeInfo, options: RemoveWorktreeOptions): readonly string[] {
  const reasons: string[] = []
  if (worktree.main) reasons.push("it is the repository's main worktree")
  if (worktree.halfMade) reasons.push('another process is still making it')
  else if (worktree.locked !== undefined)
    reasons.push(`it is locked: ${worktree.locked || 'no reason given'}`)
  if (options.branch !== undefined && worktree.branch !== options.branch)
    reasons.push(`it is on ${worktree.branch ?? 'no branch'}, not on ${options.branch}`)
  return reasons
}

async function removePresent(
  context: Context,
  worktree: WorktreeInfo,
  options: RemovePresentOptions,
): Promise<RemoveResult> {
  const located = await locateWorktree(context, worktree.path)
  if (located.status === 'broken') return { status: 'refused', reasons: [`it is broken: ${located.reason}`] }
  const first = await check(context, located, options)
  const held = await heldBy(located.path)
  if (first.reasons.length > 0) return refused(first, held)
  if (options.unlessHeld && held.heldBy !== undefined) {
    const names = held.heldBy.map(({ pid, command }) => `it is in use by process ${pid} (${command})`)
    return { status: 'refused', reasons: names, ...held }
  }
  const trash = { path: trashOf(located.path), gitDir: located.gitDir }
  await rename(located.path, trash.path)
  const second = await check(context, trash, options, first).catch(async (error: unknown) => {
    await rename(trash.path, located.path)
    throw error
  })
  if (second.reasons.length > 0) {
    await rename(trash.path, located.path)
    return refused(second, held)
  }
  await unregister(context, worktree.path)
  await rm(trash.path, { recursive: true, force: true })
  return { ...removed(second.saved?.at), ...held }
}

type Held = { readonly heldBy?: readonly Holder[] }

async function heldBy(path: string): Promise<Held> {
  const holders = (await findHolders([path], { files: true }))?.get(path) ?? []
  return holders.length === 0 ? {} : { heldBy: holders }
}

function refused({ reasons, losses = [] }: Check, held: Held): RemoveResult {
  return { status: 'refused', reasons, ...(losses.length === 0 ? {} : { losses }), ...held }
}

/** How many files a refusal names. */
const lossesMax = 200

/** Looked at twice, before and after nobody can find it by its path any more; with force, saved instead of refused. */
async function check(
  context: Context,
  place: Place,
  options: RemovePresentOptions,
  earlier?: Check,
): Promise<Check> {
  const { state, paths } = await inspectWithPaths(
    context,
    { status: 'found', main: false, ...place },
    options,
  )
  if (state.broken !== undefined) return { reasons: [`it is broken: ${state.broken}`] }
  if (await hasSubmodules(place.gitDir)) return { reasons: ['it has submodules of its own'] }
  const reasons = [
    ...describe(state.conflicted, 'conflicted file'),
    ...describe(state.staged, 'staged change'),
    ...describe(state.unstaged, 'unstaged change'),
    ...describe(state.untracked, 'untracked file'),
    ...(state.operation === undefined ? [] : [`a ${state.operation} is not finished`]),
    ...((await unlessAbsent(stat(join(place.gitDir, 'index.lock'))))
      ? ['a git command is at work in it']
      : []),
    ...(await uncontained(context, state, options)),
  ]
  if (reasons.length === 0 || options.force !== 'preserve')
    return { reasons, losses: paths.slice(0, lossesMax) }
  const snapshot = await takeSnapshot(context, place, options.signal)
  if (snapshot.nested.length > 0)
    return { reasons: snapshot.nested.map((name) => `it holds another repository: ${name}`) }
  if (earlier?.saved !== undefined && isSame(earlier.saved.snapshot, snapshot)) return earlier
  const result = await saveSnapshot(context, snapshot, {
    ref: options.preserveRef,
    keepHead: true,
  })
  return { reasons: [], saved: { snapshot, ...(result.status === 'preserved' ? { at: pick(result) } : {}) } }
}

function isSame(left: Snapshot, right: Snapshot): boolean {
  return left.head === right.head && left.indexTree === right.indexTree && left.filesTree === right.filesTree
}

function pick({ ref, commit }: Saved): Saved {
  return { ref, commit }
}

export function refToSave(options: Pick<RemoveWorktreeOptions, 'preserveRef'>, path: string): string {
  const name = basename(path).replace(/[^A-Za-z0-9_-]+/g, '-')
  return options.preserveRef ?? `refs/tmo/preserved/${name.replace(/^-+/, '') || 'worktree'}/*`
}

function describe(count: number, what: string): readonly string[] {
  return count === 0 ? [] : [`it has ${count} ${what}${count === 1 ? '' : 's'}`]
}

/** A branch keeps its commits, so only `contained` or a detached `HEAD` can make them a reason. */
async function uncontained(
  context: Context,
  { head, branch }: Pick<WorktreeState, 'head' | 'branch'>,
  options: RemoveWorktreeOptions,
): Promise<readonly string[]> {
  const { contained, signal } = options
  if (head === undefined) return []
  if (contained === undefined) {
    if (branch !== undefined || (await isInSomeRef(context, head, signal))) return []
    return ['it has commits that are in no ref']
  }
  const tips = await resolveCommits(context, contained, signal)
  const missing = contained.filter((_, index) => tips[index] === undefined)
  if (missing.length > 0) return missing.map((ref) => `${ref} does not exist`)
  const exclude = tips.filter((tip) => tip !== undefined).map((tip) => `^${tip}`)
  const args = ['rev-list', '--count', head, ...exclude, '--']
  const count = Number((await context.git(args, { ...inStore(context), signal })).stdout)
  return count === 0
    ? []
    : [`it has ${count} commit${count === 1 ? '' : 's'} not in ${contained.join(', ') || 'any ref'}`]
}

async function hasSubmodules(gitDir: string): Promise<boolean> {
  return ((await unlessAbsent(readdir(join(gitDir, 'modules')))) ?? []).length > 0
}

/** The directory is gone already: only commits that no ref holds can be lost with the registration. */
async function forgetMissing(
  context: Context,
  worktree: WorktreeInfo,
  options: RemoveWorktreeOptions,
): Promise<RemoveResult> {
  const reasons = await uncontained(context, worktree, options)
  if (reasons.length > 0 && options.force !== 'preserve') return { status: 'refused', reasons }
  const { head } = worktree
  if (reasons.length === 0 || head === undefined) {
    await unregister(context, worktree.path)
    return removed(undefined)
  }
  const ref = await createRef(context, refToSave(options, worktree.path), head)
  await unregister(context, worktree.path)
  return removed({ ref, commit: head })
}

async function unregister(context: Context, path: string): Promise<void> {
  await context.git(['worktree', 'remove', path], { ...inStore(context), reads: false })
}

function removed(preserved: Saved | undefined): RemoveResult {
  return preserved === undefined ? { status: 'removed' } : { status: 'removed', preserved }
}
