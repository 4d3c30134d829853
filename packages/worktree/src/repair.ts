import { mkdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { branchRef } from './branch-name.ts'
import { type Context, inStore, inWorktree } from './context.ts'
import type { Damage, RepairOptions, RepairResult } from './damage-types.ts'
import { type Diagnosis, diagnose, lastCommitOf, readHeadFile } from './diagnose.ts'
import type { GitOptions } from './git.ts'
import { settleHalfMade, unlessAbsent } from './half-made.ts'
import { findOperation } from './inspect.ts'
import { listWorktrees } from './list-worktrees.ts'
import { preserve } from './preserve.ts'
import { branchFromLog } from './recorded-branch.ts'
import { refToSave } from './remove-worktree.ts'
import { saveDangling, saveFiles, saveIndex } from './save-damaged.ts'

/** What is being done to one worktree. */
interface Patient {
  readonly context: Context
  readonly path: string
  readonly options: RepairOptions & { readonly preserveRef: string }
  readonly done: string[]
  readonly saved: string[]
  /** Damages that could not be mended, and why. */
  readonly failed: Damage[]
}

/**
 * From the outside in: what leads git to the worktree, then `HEAD`, its branch, the index. The files that somebody works on are
 * never written; of what is replaced a copy goes to a ref first.
 */
export async function repair(
  context: Context,
  path: string,
  options: RepairOptions = {},
): Promise<RepairResult> {
  if (options.branch !== undefined) branchRef(options.branch)
  return context.lock.hold(async () => {
    await settleHalfMade(context)
    const found = await diagnose(context, path, options)
    const preserveRef = refToSave(options, found.path)
    const patient: Patient = {
      context,
      path: found.path,
      options: { ...options, preserveRef },
      done: [],
      saved: [],
      failed: [],
    }
    const { done, saved, failed } = patient
    const answer = { found: found.damages, done, saved }
    if (found.damages.length === 0) return { status: 'sound', ...answer, remaining: [] }
    if (found.path === context.root) return { status: 'unrepaired', ...answer, remaining: found.damages }
    await mend(patient, found)
    const after = await diagnose(context, path, options)
    const known = new Set(failed.map(({ kind }) => kind))
    const remaining = [...failed, ...after.damages.filter(({ kind }) => !known.has(kind))]
    return { status: remaining.length === 0 ? 'repaired' : 'unrepaired', ...answer, remaining }
  }, options.signal)
}

async function mend(patient: Patient, { gitDir: known, damages }: Diagnosis): Promise<void> {
  const has = (kind: Damage['kind']): boolean => damages.some((damage) => damage.kind === kind)
  if (has('other-repository')) return
  const gitDir = known ?? (await makeGitDirectory(patient))
  if (gitDir === undefined) return
  await saveBefore(patient, gitDir, damages)
  if (known !== undefined && has('git-directory')) await mendGitDirectory(patient, gitDir)
  for (const lock of damages.filter(({ kind }) => kind === 'stale-lock')) {
    const path = lock.what.slice('nobody holds '.length)
    await rm(path, { force: true })
    patient.done.push(`removed the lock ${path}, which nobody holds`)
  }
  if (has('head')) await mendHead(patient, gitDir)
  if (has('branch-ref') || has('head')) await mendBranch(patient, gitDir)
  if (has('folder-gone')) return recreate(patient, gitDir)
  if (has('git-file') || known === undefined) await mendGitFile(patient, gitDir)
  const after = await diagnose(patient.context, patient.path, patient.options)
  if (after.damages.some(({ kind }) => kind === 'index')) await mendIndex(patient, gitDir)
  if (has('unfinished-operation') && patient.options.abortOperation) await abort(patient, gitDir)
}

function on({ context, path, options }: Patient, gitDir: string): GitOptions {
  return { ...inWorktree(context, { path, gitDir }), reads: false, signal: options.signal }
}

/** Copies of all small files that may be replaced; cheap, and better too many than one too few. */
async function saveBefore(patient: Patient, gitDir: string, damages: readonly Damage[]): Promise<void> {
  const { context, path, options, saved } = patient
  if (damages.every(({ kind }) => kind === 'stale-lock' || kind === 'unfinished-operation')) return
  const head = await readHeadFile(gitDir)
  const branch = head !== undefined && 'branch' in head ? head.branch : options.branch
  const files = {
    HEAD: join(gitDir, 'HEAD'),
    index: join(gitDir, 'index'),
    gitdir: join(gitDir, 'gitdir'),
    commondir: join(gitDir, 'commondir'),
    'git-file': join(path, '.git'),
    ...(branch === undefined ? {} : { 'branch-ref': join(context.commonDir, 'refs/heads', branch) }),
  }
  const ref = await saveFiles(context, files, options.preserveRef)
  if (ref !== undefined) saved.push(ref)
}

async function makeGitDirectory(patient: Patient): Promise<string | undefined> {
  const { context, path, options, done, failed } = patient
  const fail = (why: string): undefined => {
    failed.push({ kind: 'git-directory', what: why })
  }
  if ((await unlessAbsent(stat(path))) === undefined)
    return fail('neither the folder nor its registration is there')
  if (options.branch === undefined)
    return fail('its git directory is gone, and with it what branch it was on: say which')
  const holder = (await listWorktrees(context)).find(({ branch }) => branch === options.branch)
  if (holder !== undefined) return fail(`branch ${options.branch} is checked out in ${holder.path}`)
  const gitDir = await freeGitDirectory(context, basename(path))
  await writeFile(join(gitDir, 'gitdir'), `${join(path, '.git')}\n`)
  await writeFile(join(gitDir, 'commondir'), '../..\n')
  await writeFile(join(gitDir, 'HEAD'), `ref: ${branchRef(options.branch)}\n`)
  done.push(`made its git directory ${gitDir} anew, on branch ${options.branch}`)
  return gitDir
}

async function freeGitDirectory(context: Context, name: string): Promise<string> {
  for (let number = 0; ; number += 1) {
    const gitDir = join(context.commonDir, 'worktrees', number === 0 ? name : `${name}${number}`)
    await mkdir(dirname(gitDir), { recursive: true })
    if ((await unlessAbsent(stat(gitDir))) !== undefined) continue
    await mkdir(gitDir)
    return gitDir
  }
}

async function mendGitDirectory({ path, done }: Patient, gitDir: string): Promise<void> {
  await replaceFile(join(gitDir, 'commondir'), '../..\n')
  await replaceFile(join(gitDir, 'gitdir'), `${join(path, '.git')}\n`)
  done.push('wrote again what leads from its git directory to the repository and to the folder')
}

async function mendGitFile({ path, done }: Patient, gitDir: string): Promise<void> {
  await replaceFile(join(path, '.git'), `gitdir: ${gitDir}\n`)
  done.push('wrote its .git file again')
}

async function mendHead(patient: Patient, gitDir: string): Promise<void> {
  const { context, options, done, failed } = patient
  const branch = options.branch ?? (await branchFromLog(context, gitDir))
  const commit = await lastCommitOf(context, gitDir, branch)
  if (branch === undefined && commit === undefined) {
    failed.push({ kind: 'head', what: 'neither its branch nor a commit of it is known: say which branch' })
    return
  }
  await replaceFile(
    join(gitDir, 'HEAD'),
    branch === undefined ? `${commit}\n` : `ref: ${branchRef(branch)}\n`,
  )
  done.push(
    branch === undefined ? `detached it at ${commit}, its last commit` : `set it to its branch ${branch}`,
  )
}

async function mendBranch({ context, done, failed }: Patient, gitDir: string): Promise<void> {
  const head = await readHeadFile(gitDir)
  if (head === undefined || !('branch' in head)) return
  const ref = branchRef(head.branch)
  const run = { ...inStore(context), reads: false }
  const verify = ['rev-parse', '--verify', '--quiet', `${ref}^{commit}`]
  if ((await context.git(verify, { ...run, accept: [0, 1, 128] })).exitCode === 0) return
  const commit = await lastCommitOf(context, gitDir, head.branch)
  if (commit === undefined) {
    failed.push({ kind: 'branch-ref', what: `no log knows where ${head.branch} stood` })
    return
  }
  const file = join(context.commonDir, ref)
  if ((await unlessAbsent(stat(file)))?.isFile()) await rm(file)
  await context.git(['update-ref', '--no-deref', ref, commit], run)
  done.push(`set branch ${head.branch} to ${commit}, the newest commit that its logs know`)
}

async function mendIndex(patient: Patient, gitDir: string): Promise<void> {
  const { context, options, done, saved } = patient
  const index = join(gitDir, 'index')
  await unlessAbsent(rename(index, `${index}.tmo-damaged`))
  const dangling = await saveDangling(context, options.preserveRef)
  if (dangling !== undefined) saved.push(dangling)
  const run = on(patient, gitDir)
  const head = await context.git(['rev-parse', '--verify', '--quiet', 'HEAD'], { ...run, accept: [0, 1] })
  if (head.exitCode === 0) {
    await context.git(['read-tree', 'HEAD'], run)
    await context.git(['update-index', '-q', '--refresh'], { ...run, accept: [0, 1] })
    const sparse = ['config', '--bool', '--default', 'false', 'core.sparseCheckout']
    if ((await context.git(sparse, run)).stdout.trim() === 'true')
      await context.git(['sparse-checkout', 'reapply'], { ...run, accept: [0, 1, 128] })
  }
  await rm(`${index}.tmo-damaged`, { force: true })
  done.push('read its index again from HEAD: what was staged counts as changed, files are as they were')
}

/** The folder is gone, and with it what was only there; what was staged can still be in its index. */
async function recreate(patient: Patient, gitDir: string): Promise<void> {
  const { context, path, options, done, saved } = patient
  if (options.recreate === false) return
  const staged = await saveIndex(context, { path: context.commonDir, gitDir }, options.preserveRef)
  if (staged !== undefined) saved.push(staged)
  await rm(join(gitDir, 'index'), { force: true })
  await mkdir(path, { recursive: true })
  await mendGitFile(patient, gitDir)
  await context.git(['reset', '--hard', '--quiet', '--no-recurse-submodules'], on(patient, gitDir))
  done.push('made its folder anew from its last commit')
}

const aborts = { merge: 'merge', rebase: 'rebase', 'cherry-pick': 'cherry-pick', revert: 'revert' } as const

async function abort(patient: Patient, gitDir: string): Promise<void> {
  const { context, path, options, done, saved, failed } = patient
  const operation = await findOperation(gitDir)
  if (operation === undefined || operation === 'bisect') return
  const state = await preserve(context, path, {
    ref: options.preserveRef,
    message: `Before a ${operation} was ended`,
  })
  if (state.status === 'preserved') {
    saved.push(state.ref)
    if (state.unsaved !== undefined) {
      const what = `${state.unsaved.join(', ')} cannot be saved, so the ${operation} was not ended`
      failed.push({ kind: 'unfinished-operation', what })
      return
    }
  }
  const ended = await context.git([aborts[operation], '--abort'], {
    ...on(patient, gitDir),
    accept: [0, 1, 128],
  })
  if (ended.exitCode === 0) done.push(`ended the ${operation}`)
  else failed.push({ kind: 'unfinished-operation', what: `git ${operation} --abort: ${ended.stderr.trim()}` })
}

async function replaceFile(path: string, content: string): Promise<void> {
  const draft = `${path}.tmo-${process.pid}`
  await writeFile(draft, content)
  await rename(draft, path)
}
