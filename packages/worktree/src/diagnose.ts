import { createHash } from 'node:crypto'
import { readdir, readFile, realpath, stat } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { type Context, inStore, inWorktree } from './context.ts'
import type { Damage, DiagnoseOptions } from './damage-types.ts'
import { disarmed } from './disarmed.ts'
import { isWorktreeError } from './errors.ts'
import { unlessAbsent } from './half-made.ts'
import { findOperation } from './inspect.ts'
import { toRealPath } from './locate-worktree.ts'
import { resolveCommits } from './refs.ts'
import { findStaleLocks } from './stale-locks.ts'

/** What is wrong with a worktree, and what its parts are as far as they can be told. */
export interface Diagnosis {
  readonly path: string
  /** Its git directory; absent when there is none any more. */
  readonly gitDir?: string
  readonly damages: readonly Damage[]
}

export async function diagnose(
  context: Context,
  path: string,
  options: DiagnoseOptions = {},
): Promise<Diagnosis> {
  const real = await toRealPath(path)
  const gitDir = await findGitDir(context, real)
  const damages = await listStructural(context, real, gitDir)
  if (gitDir === undefined) return { path: real, damages }
  if (damages.some(({ kind }) => kind === 'other-repository')) return { path: real, gitDir, damages }
  const head = await checkHead(context, gitDir)
  const locks = await findStaleLocks(context, { path: real, gitDir })
  damages.push(...head)
  damages.push(...locks.map((lock): Damage => ({ kind: 'stale-lock', what: `nobody holds ${lock}` })))
  const isReadable = !damages.some(({ kind }) => kind === 'folder-gone' || kind === 'head')
  if (isReadable) damages.push(...(await checkIndex(context, { path: real, gitDir }, options.signal)))
  const operation = await findOperation(gitDir)
  if (operation !== undefined && operation !== 'bisect')
    damages.push({ kind: 'unfinished-operation', what: `a ${operation} is not finished` })
  return { path: real, gitDir, damages }
}

/** By what its `.git` file says, else by what the repository's registrations say. */
async function findGitDir(context: Context, path: string): Promise<string | undefined> {
  if (path === context.root) return context.bare ? undefined : context.commonDir
  const folder = join(context.commonDir, 'worktrees')
  const named = await readPointer(path)
  if (named !== undefined && dirname(named) === folder && (await isFolder(named))) {
    const registered = await readRegistered(named)
    if (registered === undefined || registered === path || !(await isFolder(registered))) return named
  }
  for (const name of (await unlessAbsent(readdir(folder))) ?? [])
    if ((await readRegistered(join(folder, name))) === path) return join(folder, name)
  return undefined
}

/** Where `<path>/.git` points, whether or not it is there. */
async function readPointer(path: string): Promise<string | undefined> {
  const file = join(path, '.git')
  if ((await unlessAbsent(stat(file)))?.isFile() !== true) return undefined
  const target = /^gitdir: ([^\0]+?)\n*$/.exec(await readFile(file, 'utf8'))?.[1]
  return target === undefined ? undefined : toRealPath(resolve(path, target))
}

async function readRegistered(gitDir: string): Promise<string | undefined> {
  const text = await unlessAbsent(readFile(join(gitDir, 'gitdir'), 'utf8'))
  if (text === undefined || !/^[^\0]+\n*$/.test(text)) return undefined
  return toRealPath(dirname(resolve(gitDir, text.replace(/\n+$/, ''))))
}

async function isFolder(path: string): Promise<boolean> {
  return (await unlessAbsent(stat(path)))?.isDirectory() === true
}

async function listStructural(context: Context, path: string, gitDir: string | undefined): Promise<Damage[]> {
  if (!(await isFolder(path))) return [{ kind: 'folder-gone', what: `${path} is not there` }]
  if (gitDir === context.commonDir) return []
  if (await isFolder(join(path, '.git')))
    return [{ kind: 'other-repository', what: `${path}/.git is a repository of its own` }]
  const pointer = await readPointer(path)
  if (gitDir === undefined) {
    const what = pointer === undefined ? 'the repository does not know it' : `${pointer} is not there`
    return [{ kind: 'git-directory', what }]
  }
  const damages: Damage[] = []
  if (pointer !== gitDir) {
    const what = pointer === undefined ? 'is missing or garbled' : `names ${pointer}`
    damages.push({ kind: 'git-file', what: `${path}/.git ${what}` })
  }
  const common = await unlessAbsent(readFile(join(gitDir, 'commondir'), 'utf8'))
  const target = common && !common.includes('\0') ? resolve(gitDir, common.trim()) : undefined
  if (target === undefined || (await unlessAbsent(realpath(target))) !== context.commonDir)
    damages.push({ kind: 'git-directory', what: `${gitDir}/commondir does not lead to the repository` })
  if ((await readRegistered(gitDir)) !== path)
    damages.push({ kind: 'git-directory', what: `${gitDir}/gitdir does not lead to ${path}` })
  return damages
}

/** The short branch name or the commit that `HEAD` holds; absent when it holds neither. */
export async function readHeadFile(
  gitDir: string,
): Promise<{ readonly branch: string } | { readonly commit: string } | undefined> {
  const text = await unlessAbsent(readFile(join(gitDir, 'HEAD'), 'utf8'))
  const branch = /^ref: refs\/heads\/([^\n\0]+)\n*$/.exec(text ?? '')?.[1]
  if (branch !== undefined) return { branch }
  const commit = /^([0-9a-f]{40}|[0-9a-f]{64})\n*$/.exec(text ?? '')?.[1]
  return commit === undefined ? undefined : { commit }
}

async function checkHead(context: Context, gitDir: string): Promise<readonly Damage[]> {
  const head = await readHeadFile(gitDir)
  if (head === undefined) return [{ kind: 'head', what: `${gitDir}/HEAD is missing or garbled` }]
  const revision = 'branch' in head ? `refs/heads/${head.branch}` : head.commit
  if ((await resolveCommits(context, [revision]))[0] !== undefined) return []
  if ('commit' in head) return [{ kind: 'head', what: `commit ${head.commit} is not in the repository` }]
  const last = await lastCommitOf(context, gitDir, head.branch)
  const isUnborn = last === undefined && !(await isRefFile(context, head.branch))
  return isUnborn ? [] : [{ kind: 'branch-ref', what: `branch ${head.branch} cannot be read` }]
}

async function isRefFile({ commonDir }: Context, branch: string): Promise<boolean> {
  return (await unlessAbsent(stat(join(commonDir, 'refs/heads', branch))))?.isFile() === true
}

/** The newest commit that the logs of a branch and of the worktree know and that is still there. */
export async function lastCommitOf(
  context: Context,
  gitDir: string,
  branch: string | undefined,
): Promise<string | undefined> {
  const files = [
    ...(branch === undefined ? [] : [join(context.commonDir, 'logs/refs/heads', branch)]),
    join(gitDir, 'logs/HEAD'),
  ]
  for (const file of files) {
    const log = (await unlessAbsent(readFile(file, 'utf8'))) ?? ''
    const commits = log
      .split('\n')
      .flatMap((line) => /^[0-9a-f]+ ([0-9a-f]{40,64}) /.exec(line)?.[1] ?? [])
      .filter((commit) => !/^0+$/.test(commit))
      .slice(-50)
      .reverse()
    const found = (await resolveCommits(context, commits)).find((commit) => commit !== undefined)
    if (found !== undefined) return found
  }
  return undefined
}

async function checkIndex(
  context: Context,
  place: { readonly path: string; readonly gitDir: string },
  signal: AbortSignal | undefined,
): Promise<readonly Damage[]> {
  const run = { ...inWorktree(context, place), env: await disarmed(context, place.gitDir), signal }
  const index = await unlessAbsent(readFile(join(place.gitDir, 'index')))
  if (index === undefined) {
    const { stdout } = await context.git(['ls-tree', '--name-only', 'HEAD'], { ...run, accept: [0, 128] })
    return stdout === '' ? [] : [{ kind: 'index', what: 'the index is missing' }]
  }
  if (!isWhole(index)) return [{ kind: 'index', what: 'the index does not match its checksum' }]
  try {
    // Reads every entry and asks for every object, as a commit would.
    const { stdout } = await context.git(['ls-files', '--stage', '-z'], { ...run, bytes: true })
    const objects = stdout.split('\0').flatMap((line) => /^1[02]\d{4} ([0-9a-f]+) /.exec(line)?.[1] ?? [])
    const input = [...new Set(objects)].map((object) => `${object}\n`).join('')
    const checked = await context.git(['cat-file', '--batch-check=%(objectname)'], {
      ...inStore(context),
      input,
      signal,
    })
    const gone = checked.stdout.split('\n').filter((line) => line.endsWith(' missing')).length
    return gone === 0 ? [] : [{ kind: 'index', what: `the index names ${gone} objects that are gone` }]
  } catch (error) {
    if (!isWorktreeError(error, 'GIT_FAILED') || error.details.exitCode === undefined) throw error
    return [{ kind: 'index', what: `the index of ${basename(place.path)}: ${error.details.stderr}` }]
  }
}

/** git itself does not look at the checksum, which ends the file; zeros stand for none (`index.skipHash`). */
function isWhole(index: Buffer): boolean {
  return (['sha1', 'sha256'] as const).some((algorithm) => {
    const size = algorithm === 'sha1' ? 20 : 32
    if (index.length < 12 + size) return false
    const trailer = index.subarray(-size)
    if (trailer.every((byte) => byte === 0)) return true
    return createHash(algorithm).update(index.subarray(0, -size)).digest().equals(trailer)
  })
}
