import { lstat, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { badRef } from './branch-name.ts'
import { type Context, inWorktree } from './context.ts'
import { disarmed } from './disarmed.ts'
import { distance } from './distance.ts'
import { isWorktreeError } from './errors.ts'
import { findHolders } from './find-holders.ts'
import { unlessAbsent } from './half-made.ts'
import { findIntegration, listUnpushed } from './integration.ts'
import { type Located, locateWorktree } from './locate-worktree.ts'
import { parseStatus } from './parse-status.ts'
import { resolveCommit } from './refs.ts'
import type { InspectOptions, WorktreeOperation, WorktreeState } from './types.ts'

type Found = Extract<Located, { status: 'found' }>

export async function inspect(
  context: Context,
  path: string,
  options: InspectOptions = {},
): Promise<WorktreeState> {
  const located = await locateWorktree(context, path)
  if (located.status === 'broken') return brokenState(located.reason)
  const state = await inspectLocated(context, located, options)
  if (!options.full || state.broken !== undefined) return state
  return { ...state, ...(await lookAround(context, located.path, state, options)) }
}

export async function inspectLocated(
  context: Context,
  located: Found,
  options: InspectOptions = {},
): Promise<WorktreeState> {
  return (await inspectWithPaths(context, located, options)).state
}

/** The state, and the paths of all that differs. */
export async function inspectWithPaths(
  context: Context,
  located: Found,
  options: InspectOptions = {},
): Promise<{ readonly state: WorktreeState; readonly paths: readonly string[] }> {
  const env = await disarmed(context, located.gitDir)
  const run = { ...inWorktree(context, located), env, signal: options.signal }
  const flags = [
    '--porcelain=v2',
    '--branch',
    '-z',
    '--untracked-files=normal',
    '--no-renames',
    '--no-ahead-behind',
  ]
  const answer = await context.git(['status', ...flags, '--ignore-submodules=none'], run).catch(brokenReason)
  if (typeof answer === 'string') return { state: brokenState(answer), paths: [] }
  const { paths, ...counts } = parseStatus(answer.stdout)
  const operation = await findOperation(located.gitDir)
  const counted =
    options.base === undefined || counts.head === undefined
      ? {}
      : await distance(context, { from: options.base, to: counts.head, signal: options.signal })
  const state = {
    ...counts,
    clean: paths.length === 0,
    ...counted,
    ...(operation === undefined ? {} : { operation }),
    ...(await ageOf(located.path, paths)),
    observedAt: Date.now(),
  }
  return { state, paths }
}

type Around = Pick<WorktreeState, 'integration' | 'pushed' | 'heldBy'>

async function lookAround(
  context: Context,
  path: string,
  { head }: WorktreeState,
  { base, signal }: InspectOptions,
): Promise<Around> {
  const holders = await findHolders([path])
  const heldBy = holders === undefined ? {} : { heldBy: holders.get(path) ?? [] }
  if (head === undefined) return heldBy
  const pushed = (await listUnpushed(context, [head], signal)).length === 0
  if (base === undefined) return { pushed, ...heldBy }
  const integration = await findIntegration(context, await commitOf(context, base), [head], signal)
  return { integration: integration.get(head) ?? 'unmerged', pushed, ...heldBy }
}

export async function commitOf(context: Context, base: string): Promise<string> {
  const commit = await resolveCommit(context, base)
  if (commit === undefined) throw badRef(base, 'names no commit')
  return commit
}

const agedMax = 1000

/** The times of the files that differ; of one that is gone, of the folder that it is missing from. */
async function ageOf(
  root: string,
  paths: readonly string[],
): Promise<Pick<WorktreeState, 'dirtySinceAt' | 'changedAt'>> {
  const times = await Promise.all(paths.slice(0, agedMax).map((path) => writtenAt(root, path)))
  const known = times.filter((time) => time !== undefined)
  if (known.length === 0) return {}
  return { dirtySinceAt: Math.min(...known), changedAt: Math.max(...known) }
}

async function writtenAt(root: string, path: string): Promise<number | undefined> {
  const file = await unlessAbsent(lstat(join(root, path)))
  if (file !== undefined) return Math.floor(Math.max(file.mtimeMs, file.ctimeMs))
  return path === '.' ? undefined : writtenAt(root, dirname(path))
}

function brokenReason(error: unknown): string {
  if (isWorktreeError(error, 'GIT_FAILED') && error.details.exitCode === 128)
    return error.details.stderr || 'git cannot read it'
  throw error
}

export function brokenState(broken: string): WorktreeState {
  const nothing = { staged: 0, unstaged: 0, untracked: 0, conflicted: 0 }
  return { ...nothing, clean: false, broken, observedAt: Date.now() }
}

const traces: readonly (readonly [string, WorktreeOperation])[] = [
  ['MERGE_HEAD', 'merge'],
  ['rebase-merge', 'rebase'],
  ['rebase-apply', 'rebase'],
  ['CHERRY_PICK_HEAD', 'cherry-pick'],
  ['REVERT_HEAD', 'revert'],
  ['BISECT_LOG', 'bisect'],
]

export async function findOperation(gitDir: string): Promise<WorktreeOperation | undefined> {
  const found = await Promise.all(traces.map(([name]) => unlessAbsent(stat(join(gitDir, name)))))
  return traces.find((_, index) => found[index] !== undefined)?.[1]
}
