import { readdir, readFile, realpath, rm, rmdir, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Context } from './context.ts'
import { isAbandoned } from './lock-file.ts'
import { hasSystemCode, type OwnerRecord, parseOwner, removeFile } from './owner-record.ts'

const prefix = 'tmo: being made by '

/** The lock reason that a worktree carries until its files are checked out. */
export function halfMadeReason(owner: OwnerRecord): string {
  return prefix + JSON.stringify(owner)
}

export function parseHalfMadeReason(reason: string | undefined): OwnerRecord | undefined {
  return reason?.startsWith(prefix) ? parseOwner(reason.slice(prefix.length)) : undefined
}

export function isHalfMadeReason(reason: string | undefined): boolean {
  return parseHalfMadeReason(reason) !== undefined
}

/**
 * Finishes or undoes what killed processes left half made; the lock must be held. git writes the index last: with it the worktree
 * is whole and is unlocked; without it nobody can have worked there, and it is removed.
 */
export async function settleHalfMade(context: Context): Promise<void> {
  for (const { adminDir, owner } of await listHalfMade(context)) {
    if (!(await isAbandoned(owner, context.self))) continue
    if (await exists(join(adminDir, 'index'))) await markMade(adminDir)
    else await undoHalfMade(adminDir)
  }
}

/** Removes what this owner has begun; the lock must be held and none of his processes be running. */
export async function undoOwn(context: Context, token: string): Promise<void> {
  for (const { adminDir, owner } of await listHalfMade(context))
    if (owner.token === token) await undoHalfMade(adminDir)
}

export async function markMade(adminDir: string): Promise<void> {
  await removeFile(join(adminDir, 'locked'))
}

async function listHalfMade(
  context: Context,
): Promise<readonly { readonly adminDir: string; readonly owner: OwnerRecord }[]> {
  const folder = join(context.commonDir, 'worktrees')
  const names = (await unlessAbsent(readdir(folder))) ?? []
  const entries = await Promise.all(
    names.map(async (name) => {
      const adminDir = join(folder, name)
      const owner = parseHalfMadeReason(await unlessAbsent(readFile(join(adminDir, 'locked'), 'utf8')))
      return owner === undefined ? [] : [{ adminDir, owner }]
    }),
  )
  return entries.flat()
}

async function undoHalfMade(adminDir: string): Promise<void> {
  const pointer = await unlessAbsent(readFile(join(adminDir, 'gitdir'), 'utf8'))
  if (pointer !== undefined && pointer !== '') {
    const path = dirname(pointer.replace(/\n$/, ''))
    if (await isFilledBy(path, adminDir)) await rm(path, { recursive: true, force: true })
  }
  await rm(adminDir, { recursive: true, force: true })
  await unlessAbsent(rmdir(dirname(adminDir))).catch((error: unknown) => {
    if (!hasSystemCode(error, 'ENOTEMPTY') && !hasSystemCode(error, 'EEXIST')) throw error
  })
}

/** git writes `.git` before any file: without it only an empty directory can come from the addition. */
async function isFilledBy(path: string, adminDir: string): Promise<boolean> {
  const names = (await unlessAbsent(readdir(path))) ?? []
  if (names.length === 0) return true
  const target = await unlessAbsent(readFile(join(path, '.git'), 'utf8'))
  const owner = target?.replace(/^gitdir: /, '').replace(/\n$/, '')
  return owner !== undefined && (await unlessAbsent(realpath(owner))) === adminDir
}

async function exists(path: string): Promise<boolean> {
  return (await unlessAbsent(stat(path))) !== undefined
}

/** The answer, or nothing when the file or directory is not there. */
export async function unlessAbsent<T>(look: Promise<T>): Promise<T | undefined> {
  return look.catch((error: unknown) => {
    if (hasSystemCode(error, 'ENOENT') || hasSystemCode(error, 'ENOTDIR')) return undefined
    throw error
  })
}
