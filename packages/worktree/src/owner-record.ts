import { createHash, randomUUID } from 'node:crypto'
import { link, readFile, stat, unlink, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { WorktreeError } from './errors.ts'
import type { ProcessIdentity } from './process-identity.ts'

/** An owner and the word that is his alone; processes that he starts carry the word in their environment. */
export interface OwnerRecord extends ProcessIdentity {
  readonly token: string
}

export function parseOwner(text: string): OwnerRecord | undefined {
  const value = parseJson(text)
  if (typeof value !== 'object' || value === null) return undefined
  const { pid, startTime, bootId, pidNamespace, host, token } = value as Record<string, unknown>
  if (typeof pid !== 'number' || typeof startTime !== 'string' || typeof bootId !== 'string') return undefined
  if (typeof pidNamespace !== 'string' || typeof host !== 'string' || typeof token !== 'string')
    return undefined
  return { pid, startTime, bootId, pidNamespace, host, token }
}

/** A file without a readable owner was cut by a power failure; its inode and time stand for a token, and its owner is dead. */
export async function readOwner(path: string): Promise<OwnerRecord | undefined> {
  try {
    const owner = parseOwner(await readFile(path, 'utf8'))
    if (owner !== undefined) return owner
    const { ino, mtimeNs } = await stat(path, { bigint: true })
    const token = `unreadable-${ino}-${mtimeNs}`
    return { pid: 0, startTime: '', bootId: 'unreadable', pidNamespace: '', host: hostname(), token }
  } catch (error) {
    if (hasSystemCode(error, 'ENOENT')) return undefined
    throw error
  }
}

/** Writes `owner` to a file of its own beside `path`, to be linked into place whole; the name tells whose it is while it is empty. */
export async function writeDraft(path: string, owner: OwnerRecord): Promise<string> {
  const draft = `${path}.${machineOf(owner)}-${owner.pid}-${owner.startTime}-${randomUUID()}.new`
  try {
    await writeFile(draft, JSON.stringify(owner), { flag: 'wx' })
    return draft
  } catch (error) {
    if (!hasSystemCode(error, 'ENOSPC') && !hasSystemCode(error, 'EDQUOT')) throw error
    await removeFile(draft)
    throw new WorktreeError('DISK_FULL', `the disk is full: cannot write ${draft}`, {
      details: { path: draft },
      hint: 'Free some space, then try again.',
      cause: error,
    })
  }
}

/** The writer of a draft as its name tells; absent when it is of another machine, boot or pid namespace than `self`. */
export function writerOfDraft(draft: string, self: ProcessIdentity): ProcessIdentity | undefined {
  const [, machine, pid, startTime = ''] = /\.([0-9a-f]{8})-(\d+)-(\d*)-[0-9a-f-]+\.new$/.exec(draft) ?? []
  return machine === machineOf(self) ? { ...self, pid: Number(pid), startTime } : undefined
}

export function machineOf({ host, bootId, pidNamespace }: ProcessIdentity): string {
  return createHash('sha256')
    .update(JSON.stringify([host, bootId, pidNamespace]))
    .digest('hex')
    .slice(0, 8)
}

/** False when `to` exists already. */
export async function linkExclusively(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to)
    return true
  } catch (error) {
    if (hasSystemCode(error, 'EEXIST')) return false
    throw error
  }
}

/** Removes a file that may be gone already. */
export async function removeFile(path: string): Promise<void> {
  await unlink(path).catch((error: unknown) => {
    if (!hasSystemCode(error, 'ENOENT')) throw error
  })
}

export function hasSystemCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}
