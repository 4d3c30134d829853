import { constants, copyFile, link, lstat, mkdir, readlink, realpath, rm, symlink } from 'node:fs/promises'
import { dirname, join, resolve, sep } from 'node:path'
import { type Context, inWorktree } from './context.ts'
import { disarmed } from './disarmed.ts'
import { WorktreeError } from './errors.ts'
import { unlessAbsent } from './half-made.ts'
import { locateWorktree } from './locate-worktree.ts'
import { hasSystemCode } from './owner-record.ts'
import type { CopyIncludedOptions, CopyIncludedResult } from './prepare-types.ts'

const defaults = { file: '.worktreeinclude', maxFiles: 100_000 } as const

/**
 * Takes what both the patterns name and git ignores. Links are copied as links, and only where they stay within the main
 * worktree; nothing that is there already is replaced, so it can be called again after it was cut off.
 */
export async function copyIncluded(
  context: Context,
  path: string,
  options: CopyIncludedOptions = {},
): Promise<CopyIncludedResult> {
  const { file, maxFiles, patterns: more = [], signal } = { ...defaults, ...options }
  const nothing = { copied: [], skipped: [], bytes: 0 }
  const located = await locateWorktree(context, path)
  if (located.status === 'broken' || located.main || context.bare) return nothing
  const patterns = join(context.root, file)
  const found = await unlessAbsent(lstat(patterns))
  const isOdd = found !== undefined && !found.isFile()
  if (isOdd && more.length === 0)
    return { ...nothing, skipped: [{ path: file, reason: 'it is no regular file' }] }
  const excludes = [
    ...(found?.isFile() ? [`--exclude-from=${patterns}`] : []),
    ...more.map((pattern) => `--exclude=${pattern}`),
  ]
  if (excludes.length === 0) return nothing
  const names = await listIncluded(context, excludes, signal)
  if (names.length > maxFiles)
    throw new WorktreeError('TOO_MANY_FILES', `${file} names ${names.length} files, more than ${maxFiles}`, {
      details: { path: patterns, count: names.length, max: maxFiles },
      hint: 'Name fewer files, or raise maxFiles.',
    })
  const copied: string[] = []
  const skipped: { path: string; reason: string }[] = isOdd
    ? [{ path: file, reason: 'it is no regular file' }]
    : []
  let bytes = 0
  for (const name of names) {
    signal?.throwIfAborted()
    const result = await copyOne(context.root, located.path, name)
    if (typeof result === 'string') skipped.push({ path: name, reason: result })
    else {
      copied.push(name)
      bytes += result
    }
  }
  return { copied, skipped, bytes }
}

async function listIncluded(
  context: Context,
  excludes: readonly string[],
  signal: AbortSignal | undefined,
): Promise<readonly string[]> {
  const gitDir = context.commonDir
  const env = await disarmed(context, gitDir)
  const run = { ...inWorktree(context, { path: context.root, gitDir }), env, signal }
  const listing = ['ls-files', '--others', '--ignored', ...excludes, '-z']
  const named = await context.git(listing, run)
  if (named.stdout === '') return []
  const check = ['check-ignore', '--stdin', '-z']
  const ignored = await context.git(check, { ...run, input: named.stdout, accept: [0, 1] })
  return ignored.stdout.split('\0').filter((name) => name !== '')
}

/** The bytes copied, or why it was not. */
async function copyOne(from: string, to: string, name: string): Promise<number | string> {
  const source = join(from, name)
  const target = join(to, name)
  const found = await unlessAbsent(lstat(source))
  if (found === undefined) return 'it has vanished'
  if (!(await makeFolders(to, dirname(name)))) return 'a link or a file stands in the way'
  if ((await unlessAbsent(lstat(target))) !== undefined) return 'it is there already'
  if (found.isSymbolicLink()) return copyLink(from, source, target)
  if (!found.isFile()) return 'it is neither a file nor a link'
  const draft = `${target}.tmo-${process.pid}`
  try {
    // Shares the blocks where the file system can; appears whole.
    await copyFile(source, draft, constants.COPYFILE_FICLONE)
    await link(draft, target)
  } catch (error) {
    if (!hasSystemCode(error, 'EEXIST')) throw error
    return 'it is there already'
  } finally {
    await rm(draft, { force: true })
  }
  return found.size
}

async function copyLink(root: string, source: string, target: string): Promise<number | string> {
  const pointer = await readlink(source)
  const aim = await unlessAbsent(realpath(resolve(dirname(source), pointer)))
  if (pointer.startsWith(sep) || aim === undefined || !aim.startsWith(`${root}${sep}`))
    return 'it is a link that leads out of the worktree'
  await symlink(pointer, target)
  return 0
}

/** False when a component is something else than a folder: a link that the branch has there would lead elsewhere. */
async function makeFolders(root: string, folder: string): Promise<boolean> {
  let path = root
  for (const part of folder.split(sep).filter((one) => one !== '.')) {
    path = join(path, part)
    const found = await unlessAbsent(lstat(path))
    if (found === undefined) await mkdir(path)
    else if (!found.isDirectory()) return false
  }
  return true
}
