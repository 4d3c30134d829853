import { randomUUID } from 'node:crypto'
import { lstat, readdir } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { badRef, branchRef } from './branch-name.ts'
import { type Context, inStore, inWorktree } from './context.ts'
import { isWorktreeError, WorktreeError } from './errors.ts'
import { halfMadeReason, markMade, settleHalfMade, undoOwn, unlessAbsent } from './half-made.ts'
import { listWorktrees } from './list-worktrees.ts'
import { readGitFile, toRealPath } from './locate-worktree.ts'
import type { OwnerRecord } from './owner-record.ts'
import { branchConflict, branchInUse, readRef, resolveCommits } from './refs.ts'
import { finishInterruptedRemoval } from './trash.ts'
import type { AddWorktreeOptions, WorktreeInfo } from './types.ts'

/** What is to be made, once every question is answered. */
interface Plan {
  readonly path: string
  readonly branch: string | null
  readonly head: string
  readonly createsBranch: boolean
}

/** Who makes it: the words his processes carry, and what ends them. */
interface Attempt {
  readonly owner: OwnerRecord
  readonly signal: AbortSignal | undefined
}

type Begun =
  | { readonly status: 'there'; readonly worktree: WorktreeInfo }
  | { readonly status: 'made-elsewhere' }
  | { readonly status: 'begun'; readonly plan: Plan; readonly gitDir: string }

/**
 * Registration is what races between processes and takes the lock; the checkout is what takes the time, and runs beside others.
 * Until it is done the worktree carries a lock reason that names its maker.
 */
export async function addWorktree(context: Context, options: AddWorktreeOptions): Promise<WorktreeInfo> {
  if (options.branch !== null) branchRef(options.branch)
  const path = await toRealPath(options.path)
  const owner: OwnerRecord = { ...context.self, token: randomUUID() }
  const begun = await beginWhenFree(context, { ...options, path }, owner)
  if (begun.status === 'there') return begun.worktree
  await checkOut(context, begun, owner, options.signal)
  const { branch, head } = begun.plan
  const shape = { path, head, bare: false, detached: branch === null, main: false }
  return branch === null ? shape : { ...shape, branch }
}

async function beginWhenFree(
  context: Context,
  options: AddWorktreeOptions,
  owner: OwnerRecord,
): Promise<Exclude<Begun, { status: 'made-elsewhere' }>> {
  const deadline = performance.now() + context.lockTimeoutMs
  const hope = (await isOccupied(options.path))
    ? undefined
    : (hopePlan(context, options) ?? (await findPlan(context, options)))
  for (;;) {
    const attempt = { owner, signal: options.signal }
    const begun = await context.lock.hold(
      async () => (await beginInHope(context, hope, attempt)) ?? begin(context, options, attempt),
      options.signal,
    )
    if (begun.status !== 'made-elsewhere') return begun
    if (performance.now() > deadline) throw pathTaken(options.path, 'another process is still making it')
    await delay(20)
  }
}

/** git itself refuses whatever stands in the way, so nothing is asked under the lock until it has. */
async function beginInHope(
  context: Context,
  plan: Plan | undefined,
  attempt: Attempt,
): Promise<Begun | undefined> {
  await settleHalfMade(context)
  if (plan === undefined) return undefined
  await finishInterruptedRemoval(context, plan.path)
  if (await isOccupied(plan.path)) return undefined
  try {
    return await register(context, plan, attempt)
  } catch (error) {
    if (isWorktreeError(error, 'GIT_FAILED') && !error.details.timedOut) return undefined
    throw error
  }
}

async function begin(context: Context, options: AddWorktreeOptions, attempt: Attempt): Promise<Begun> {
  await finishInterruptedRemoval(context, options.path)
  const worktrees = await listWorktrees(context, options.signal)
  const there = worktrees.find((worktree) => worktree.path === options.path)
  if (there?.halfMade) return { status: 'made-elsewhere' }
  if (there !== undefined && (await isDirectory(there.path))) return reuse(context, there, options)
  if (there !== undefined) await forget(context, there)
  const holder = worktrees.find((worktree) => worktree.branch === options.branch && worktree !== there)
  if (options.branch !== null && holder !== undefined) throw branchInUse(options.branch, holder.path)
  if (await isOccupied(options.path)) throw pathTaken(options.path, 'something else is there')
  const plan = (await findPlan(context, options)) ?? (await refusePlan(context, options))
  try {
    return await register(context, plan, attempt)
  } catch (error) {
    throw (await nameConflict(context, plan, error)) ?? error
  }
}

async function reuse(context: Context, there: WorktreeInfo, options: AddWorktreeOptions): Promise<Begun> {
  const same = options.branch === null ? there.detached : there.branch === options.branch
  if (there.main || !same)
    throw pathTaken(there.path, `it is on ${there.branch ?? there.head ?? 'no commit'}`)
  if (options.branch === null) {
    const [base] = await resolveCommits(context, [options.base], options.signal)
    if (base !== there.head) throw pathTaken(there.path, `it is detached at ${there.head ?? 'no commit'}`)
  }
  if ((await readGitFile(there.path)) === undefined) await repair(context, there.path)
  return { status: 'there', worktree: there }
}

/** Gives a worktree its lost `.git` file back; git reports an error although it repairs, so the file decides. */
async function repair(context: Context, path: string): Promise<void> {
  const args = ['worktree', 'repair', path]
  await context.git(args, { ...inStore(context), reads: false, accept: [0, 1] })
  if ((await readGitFile(path)) === undefined) throw pathTaken(path, 'its .git file is broken')
}

/** Drops the registration of a directory that is gone. */
async function forget(context: Context, there: WorktreeInfo): Promise<void> {
  if (there.locked !== undefined) throw pathTaken(there.path, 'its directory is gone, but it is locked')
  await context.git(['worktree', 'remove', there.path], { ...inStore(context), reads: false })
}

/** A new branch at what is known to be a commit; git refuses when the branch exists, and then everything is asked. */
function hopePlan(
  { knownCommits }: Context,
  { path, branch, base, createBranch }: AddWorktreeOptions,
): Plan | undefined {
  if (branch === null || createBranch === false || !knownCommits.has(base)) return undefined
  return { path, branch, head: base, createsBranch: true }
}

async function findPlan(context: Context, options: AddWorktreeOptions): Promise<Plan | undefined> {
  const { path, branch, base } = options
  const revisions = branch === null ? [base] : [base, branchRef(branch)]
  const [start, tip] = await resolveCommits(context, revisions, options.signal)
  if (tip !== undefined) return { path, branch, head: tip, createsBranch: false }
  if (start === undefined || (branch !== null && options.createBranch === false)) return undefined
  return { path, branch, head: start, createsBranch: branch !== null }
}

async function refusePlan(
  context: Context,
  { branch, base, createBranch }: AddWorktreeOptions,
): Promise<never> {
  if (branch !== null && createBranch === false) throw badRef(branch, 'is not an existing branch')
  const args = ['rev-list', '--max-count=1', '--all']
  if ((await context.git(args, inStore(context))).stdout !== '') throw badRef(base, 'names no commit')
  throw new WorktreeError('NO_COMMIT', `${context.root} has no commit yet`, {
    details: { path: context.root },
    hint: 'Make a first commit: git commit --allow-empty -m "First commit"',
  })
}

const attemptsMax = 5

async function register(context: Context, plan: Plan, attempt: Attempt): Promise<Begun> {
  const { owner, signal } = attempt
  const how =
    plan.branch === null ? ['--detach'] : plan.createsBranch ? ['--no-track', '-b', plan.branch] : []
  const from = plan.branch === null || plan.createsBranch ? plan.head : plan.branch
  const reason = ['--lock', '--reason', halfMadeReason(owner)]
  const args = ['worktree', 'add', '--quiet', '--no-checkout', ...reason, ...how, plan.path, from]
  const run = { ...inStore(context), reads: false, signal, owner: owner.token }
  for (let count = 1; ; count += 1) {
    try {
      await context.git(args, run)
      const gitDir = await readGitFile(plan.path)
      if (gitDir === undefined) throw pathTaken(plan.path, 'its .git file vanished')
      return { status: 'begun', plan, gitDir }
    } catch (error) {
      await undo(context, plan, owner, error)
      if (count >= attemptsMax || !isForeignRace(error)) throw error
    }
  }
}

/** `git worktree add` of someone who does not take our lock makes ours stumble while it reads all registrations. */
function isForeignRace(error: unknown): boolean {
  return isWorktreeError(error, 'GIT_FAILED') && /failed to read .*commondir/.test(error.details.stderr)
}

async function nameConflict(
  context: Context,
  plan: Plan,
  cause: unknown,
): Promise<WorktreeError | undefined> {
  if (plan.branch === null || !plan.createsBranch || !isWorktreeError(cause, 'GIT_FAILED')) return undefined
  const conflictsWith = await branchConflict(context, [plan.branch])
  if (conflictsWith === undefined) return undefined
  const message = `branch ${plan.branch} cannot be made: branch ${conflictsWith} stands in the way`
  return new WorktreeError('BRANCH_IN_USE', message, {
    details: { branch: plan.branch, conflictsWith },
    hint: `Rename ${conflictsWith}, or choose another prefix.`,
    cause,
  })
}

async function checkOut(
  context: Context,
  begun: Extract<Begun, { status: 'begun' }>,
  owner: OwnerRecord,
  signal?: AbortSignal,
): Promise<void> {
  const { plan, gitDir } = begun
  try {
    await context.checkouts.run(() =>
      context.git(['reset', '--hard', '--quiet', '--no-recurse-submodules'], {
        ...inWorktree(context, { path: plan.path, gitDir }),
        reads: false,
        signal,
        owner: owner.token,
      }),
    )
    await markMade(gitDir)
  } catch (error) {
    await context.lock.hold(() => undo(context, plan, owner, error))
    throw error
  }
}

/** The branch goes too when it is ours: made a moment ago, still where it was made, and nobody has taken it. */
async function undo(context: Context, plan: Plan, owner: OwnerRecord, cause: unknown): Promise<void> {
  await undoOwn(context, owner.token)
  if (plan.branch === null || !plan.createsBranch) return
  if (isWorktreeError(cause, 'GIT_FAILED') && /branch named .* already exists/.test(cause.details.stderr))
    return
  const ref = branchRef(plan.branch)
  if ((await readRef(context, ref)) !== plan.head) return
  if ((await listWorktrees(context)).some(({ branch }) => branch === plan.branch)) return
  await context.git(['update-ref', '--no-deref', '-d', ref, plan.head], { ...inStore(context), reads: false })
}

async function isOccupied(path: string): Promise<boolean> {
  if ((await unlessAbsent(lstat(path))) === undefined) return false
  return !(await isDirectory(path)) || (await readdir(path)).length > 0
}

async function isDirectory(path: string): Promise<boolean> {
  return (await unlessAbsent(lstat(path)))?.isDirectory() ?? false
}

function pathTaken(path: string, reason: string): WorktreeError {
  return new WorktreeError('PATH_TAKEN', `no worktree can be made at ${path}: ${reason}`, {
    details: { path, reason },
    hint: 'Choose another path, or remove what is there.',
  })
}
