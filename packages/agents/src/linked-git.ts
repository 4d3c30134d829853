import { stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { readText } from './files.ts'

/** What commits write to below the common git directory; hooks and settings are none of it. */
const committed = ['objects', 'refs', 'logs']

/**
 * The folders that a commit in a linked worktree writes to, all outside of it: its own git directory, and what commits
 * write to of the common one. Empty where `cwd` is no linked worktree.
 *
 * @see https://git-scm.com/docs/gitrepository-layout
 */
export async function linkedGitFolders(cwd: string): Promise<readonly string[]> {
  const git = await linkedGit(cwd)
  if (!git) return []
  const folders = [git.own, ...committed.map((name) => join(git.common, name))]
  const found = await Promise.all(folders.map(async (folder) => ((await isFolder(folder)) ? [folder] : [])))
  return found.flat()
}

/** The main worktree of the one at `cwd`; undefined where `cwd` is no linked worktree. */
export async function mainWorktree(cwd: string): Promise<string | undefined> {
  const git = await linkedGit(cwd)
  return git && dirname(git.common)
}

async function linkedGit(
  cwd: string,
): Promise<{ readonly own: string; readonly common: string } | undefined> {
  const own = pathIn(await readText(join(cwd, '.git')), /^gitdir: (.+)$/m, cwd)
  if (own === undefined) return undefined
  const common = pathIn(await readText(join(own, 'commondir')), /^(.+)$/m, own) ?? dirname(dirname(own))
  return { own, common }
}

function pathIn(text: Awaited<ReturnType<typeof readText>>, form: RegExp, base: string): string | undefined {
  const path = text.status === 'read' ? form.exec(text.value)?.[1] : undefined
  return path === undefined ? undefined : resolve(base, path)
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory()
  } catch (error) {
    if (error instanceof Error && 'code' in error) return false
    throw error
  }
}
