import { realpath, stat } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { basename, dirname, resolve } from 'node:path'
import { addWorktree } from './add-worktree.ts'
import { assignPorts } from './assign-ports.ts'
import { checkResolution } from './check-resolution.ts'
import { type Context, ownedGit } from './context.ts'
import { copyIncluded } from './copy-included.ts'
import { diagnose } from './diagnose.ts'
import { discardWorktree } from './discard-worktree.ts'
import { measureDisk } from './disk-use.ts'
import { distance } from './distance.ts'
import { isWorktreeError, WorktreeError } from './errors.ts'
import { createGit, type Git } from './git.ts'
import { unlessAbsent } from './half-made.ts'
import { diff, listCommits, readFileAt } from './history.ts'
import { inspect } from './inspect.ts'
import { inspectAll } from './inspect-all.ts'
import { listWorktrees } from './list-worktrees.ts'
import { merge } from './merge.ts'
import { predictConflicts } from './predict-conflicts.ts'
import { preserve } from './preserve.ts'
import { expirePreserved, listPreserved } from './preserved.ts'
import { thisProcess } from './process-identity.ts'
import { prune } from './prune.ts'
import * as refs from './refs.ts'
import { removeWorktree } from './remove-worktree.ts'
import { repair } from './repair.ts'
import { RepositoryLock } from './repository-lock.ts'
import { restore } from './restore.ts'
import { Slots } from './slots.ts'
import { removeStaleLocks } from './stale-locks.ts'
import type { OpenRepositoryOptions, Repository } from './types.ts'

const defaults = { git: 'git', timeoutMs: 120_000, lockTimeoutMs: 120_000 } as const

/**
 * The repository that `directory` lies in, whether in its main worktree, a linked one, or a bare repository.
 *
 * @throws NO_SUCH_DIRECTORY, NOT_A_REPOSITORY, GIT_NOT_FOUND
 * @example
 * const repository = await openRepository('.')
 * console.log(await repository.currentBranch())
 */
export async function openRepository(
  directory: string,
  options: OpenRepositoryOptions = {},
): Promise<Repository> {
  const context = await openContext(directory, options)
  const { root, commonDir, bare } = context
  return {
    root,
    commonDir,
    bare,
    currentBranch: () => refs.currentBranch(context),
    resolveCommit: (ref) => refs.resolveCommit(context, ref),
    branchExists: (name) => refs.branchExists(context, name),
    listRefs: (prefix) => refs.listRefs(context, prefix),
    branchConflict: (...names) => refs.branchConflict(context, names),
    updateBranch: (name, commit, update) => refs.updateBranch(context, name, commit, update),
    deleteBranch: (name, remove) => refs.deleteBranch(context, name, remove),
    addWorktree: (add) => addWorktree(context, add),
    copyIncluded: (path, copy) => copyIncluded(context, path, copy),
    assignPorts: (path, assign) => assignPorts(context, path, assign),
    listWorktrees: (list) => listWorktrees(context, list?.signal),
    inspect: (path, look) => inspect(context, path, look),
    inspectAll: (look) => inspectAll(context, look),
    preserve: (path, save) => preserve(context, path, save),
    restore: (path, from) => restore(context, path, from),
    listPreserved: (list) => listPreserved(context, list),
    expirePreserved: (policy) => expirePreserved(context, policy),
    removeWorktree: (path, remove) => removeWorktree(context, path, remove),
    diagnose: async (path, look) => (await diagnose(context, path, look)).damages,
    repair: (path, mend) => repair(context, path, mend),
    prune: (forget) => prune(context, forget),
    measureDisk: (measure) => measureDisk(context, measure?.signal),
    discardWorktree: (path, discard) => discardWorktree(context, path, discard),
    removeStaleLocks: (path) => removeStaleLocks(context, path),
    merge: (request) => merge(context, request),
    distance: (range) => distance(context, range),
    predictConflicts: (commits, predict) => predictConflicts(context, commits, predict),
    checkResolution: (resolution) => checkResolution(context, resolution),
    commits: (range, list) => listCommits(context, range, list),
    readFile: (commit, path, read) => readFileAt(context, commit, path, read),
    diff: (range, show) => diff(context, range, show),
    withLock: (fn, hold) => context.lock.hold(fn, hold?.signal),
  }
}

async function openContext(directory: string, options: OpenRepositoryOptions): Promise<Context> {
  const { signal } = options
  const timeoutMs = options.timeoutMs ?? defaults.timeoutMs
  const lockTimeoutMs = options.lockTimeoutMs ?? defaults.lockTimeoutMs
  const git = createGit({ program: options.git ?? defaults.git, env: options.env ?? process.env, timeoutMs })
  const cwd = await realDirectory(directory)
  const commonDir = await findCommonDir(git, cwd, signal)
  const { root, bare } = await findRoot(git, cwd, commonDir, signal)
  const self = await thisProcess()
  const lock = new RepositoryLock({ commonDir, self, timeoutMs: lockTimeoutMs })
  const checkouts = new Slots(Math.max(2, availableParallelism()))
  return {
    git: ownedGit(git, lock),
    root,
    commonDir,
    bare,
    self,
    lock,
    lockTimeoutMs,
    checkouts,
    knownCommits: new Set(),
    sweeps: { done: false },
    disarmed: new Map(),
  }
}

async function realDirectory(directory: string): Promise<string> {
  const real = await unlessAbsent(realpath(resolve(directory)))
  if (real !== undefined && (await stat(real)).isDirectory()) return real
  throw new WorktreeError('NO_SUCH_DIRECTORY', `no such directory: ${directory}`, {
    details: { path: directory },
    hint: 'Check the path.',
  })
}

async function findCommonDir(git: Git, cwd: string, signal?: AbortSignal): Promise<string> {
  try {
    const args = ['rev-parse', '--path-format=absolute', '--git-common-dir']
    return await realpath((await git(args, { cwd, signal })).stdout.replace(/\n$/, ''))
  } catch (error) {
    if (!isWorktreeError(error, 'GIT_FAILED') || !error.details.stderr.includes('not a git repository'))
      throw error
    throw new WorktreeError('NOT_A_REPOSITORY', `${cwd} is not in a git repository`, {
      details: { path: cwd },
      hint: 'Make one: git init && git commit --allow-empty -m "First commit"',
      cause: error,
    })
  }
}

/** The main worktree: above `.git`, or wherever a separate git directory or a submodule says it is. */
async function findRoot(
  git: Git,
  cwd: string,
  commonDir: string,
  signal?: AbortSignal,
): Promise<{ readonly root: string; readonly bare: boolean }> {
  const config = ['config', '--bool', '--default', 'false', 'core.bare']
  const bare = (await git(config, { cwd: commonDir, gitDir: commonDir, signal })).stdout.trim() === 'true'
  if (bare) return { root: commonDir, bare }
  if (basename(commonDir) === '.git') return { root: dirname(commonDir), bare }
  const top = ['rev-parse', '--path-format=absolute', '--show-toplevel']
  const here = await git(top, { cwd, signal, accept: [0, 128] })
  const there = await git(top, { cwd: commonDir, signal, accept: [0, 128] })
  const found = [there, here].find((answer) => answer.exitCode === 0 && answer.stdout !== '')
  return { root: found === undefined ? commonDir : await realpath(found.stdout.replace(/\n$/, '')), bare }
}
