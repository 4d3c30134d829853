import { readFile, realpath, stat } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import type { Context } from './context.ts'
import { unlessAbsent } from './half-made.ts'

export type Located =
  | { readonly status: 'found'; readonly path: string; readonly gitDir: string; readonly main: boolean }
  | { readonly status: 'broken'; readonly path: string; readonly reason: string }

/**
 * The worktree's own git directory, read from its `.git` file, so that git never looks further up: a directory that has lost its
 * `.git` must not be taken for the repository around it.
 */
export async function locateWorktree(context: Context, path: string): Promise<Located> {
  const real = await toRealPath(path)
  const broken = (reason: string): Located => ({ status: 'broken', path: real, reason })
  if ((await unlessAbsent(stat(real)))?.isDirectory() !== true) return broken('the directory is missing')
  if (real === context.root) {
    if (context.bare) return broken('a bare repository has no files')
    return { status: 'found', path: real, gitDir: context.commonDir, main: true }
  }
  const gitDir = await readGitFile(real)
  if (gitDir === undefined) return broken('the .git file is missing or points nowhere')
  if (dirname(dirname(gitDir)) !== context.commonDir) return broken('it does not belong to this repository')
  return { status: 'found', path: real, gitDir, main: false }
}

/** The directory that `<path>/.git` points to; absent when it is missing, no file, or points nowhere. */
export async function readGitFile(path: string): Promise<string | undefined> {
  const file = join(path, '.git')
  if ((await unlessAbsent(stat(file)))?.isFile() !== true) return undefined
  const target = /^gitdir: ([\s\S]+?)\n*$/.exec(await readFile(file, 'utf8'))?.[1]
  return target === undefined ? undefined : unlessAbsent(realpath(resolve(path, target)))
}

/** The path with symbolic links resolved as far as it exists. */
export async function toRealPath(path: string): Promise<string> {
  const absolute = resolve(path)
  const real = await unlessAbsent(realpath(absolute))
  if (real !== undefined || dirname(absolute) === absolute) return real ?? absolute
  return join(await toRealPath(dirname(absolute)), basename(absolute))
}
