import { randomUUID } from 'node:crypto'
import { readdir, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { WorktreeError } from './errors.ts'
import {
  hasSystemCode,
  linkExclusively,
  type OwnerRecord,
  readOwner,
  removeFile,
  writeDraft,
  writerOfDraft,
} from './owner-record.ts'
import { findProcessesCarrying, livenessOf, type ProcessIdentity } from './process-identity.ts'

export interface LockFile {
  readonly token: string
  release(): Promise<void>
}

export interface AcquireOptions {
  readonly path: string
  readonly self: ProcessIdentity
  readonly timeoutMs: number
  readonly signal?: AbortSignal | undefined
}

/**
 * A lock between processes that dies with its owner. The file appears whole (`link`), so a lock that can be read is never half
 * written. Only a dead owner's lock is broken, and only by the one process that holds the right to break exactly that lock
 * (`claimRight`): tokens are never used twice, so whoever holds the right cannot hit a successor's lock.
 */
export async function acquireLockFile(options: AcquireOptions): Promise<LockFile> {
  const { path, self, signal } = options
  signal?.throwIfAborted()
  const token = randomUUID()
  const draft = await writeDraft(path, { ...self, token })
  try {
    await waitForTurn(draft, options)
  } finally {
    await removeFile(draft)
  }
  await sweepLeftovers(path, self)
  return {
    token,
    release: async () => {
      if ((await readOwner(path))?.token === token) await removeFile(path)
    },
  }
}

/**
 * True when nobody can be at work for this owner any more: he is dead, and so is every process that he started. Looked at twice,
 * since a process that was being started when he died does not carry his word yet.
 */
export async function isAbandoned(owner: OwnerRecord, self: ProcessIdentity): Promise<boolean> {
  if ((await livenessOf(owner, self)) !== 'dead') return false
  if ((await findProcessesCarrying(owner.token)).length > 0) return false
  await delay(startMs)
  return (await findProcessesCarrying(owner.token)).length === 0
}

/** What passes at most between the fork and the exec of a process. */
const startMs = 25

async function waitForTurn(draft: string, options: AcquireOptions): Promise<void> {
  const { path, self, signal } = options
  const startedAt = performance.now()
  while (!(await linkExclusively(draft, path))) {
    signal?.throwIfAborted()
    const holder = await readOwner(path)
    if (holder === undefined || (await breakIfAbandoned(path, holder, self))) continue
    const waitedMs = Math.round(performance.now() - startedAt)
    if (waitedMs >= options.timeoutMs) throw lockTimeout(path, holder, waitedMs)
    await delay(2 + Math.random() * 18)
  }
}

async function breakIfAbandoned(path: string, holder: OwnerRecord, self: ProcessIdentity): Promise<boolean> {
  if (!(await isAbandoned(holder, self))) return false
  const markers = await claimRight(path, holder.token, self)
  if (markers === undefined) return false
  if ((await readOwner(path))?.token === holder.token) await removeFile(path)
  for (const marker of markers) await removeFile(marker)
  return true
}

/** The markers that give this process alone the right to break the lock `token`; a dead claimant's right is inherited the same way. */
async function claimRight(
  path: string,
  token: string,
  self: ProcessIdentity,
): Promise<readonly string[] | undefined> {
  const marker = `${path}.${token}.break`
  const draft = await writeDraft(path, { ...self, token: randomUUID() })
  try {
    if (await linkExclusively(draft, marker)) return [marker]
  } finally {
    await removeFile(draft)
  }
  const claimant = await readOwner(marker)
  if (claimant === undefined || (await livenessOf(claimant, self)) !== 'dead') return undefined
  const inherited = await claimRight(path, claimant.token, self)
  return inherited === undefined ? undefined : [marker, ...inherited]
}

/** While the lock is held no marker means anything any more, and drafts of the dead are rubbish. */
async function sweepLeftovers(path: string, self: ProcessIdentity): Promise<void> {
  const prefix = `${basename(path)}.`
  for (const name of await readdir(dirname(path))) {
    if (!name.startsWith(prefix)) continue
    const file = join(dirname(path), name)
    if (name.endsWith('.break') || (name.endsWith('.new') && (await isDeadDraft(file, self))))
      await removeFile(file)
  }
}

async function isDeadDraft(file: string, self: ProcessIdentity): Promise<boolean> {
  const writer = writerOfDraft(file, self)
  if (writer !== undefined) return (await livenessOf(writer, self)) === 'dead'
  const owner = await readOwner(file)
  if (owner === undefined) return false
  if (owner.bootId !== 'unreadable') return (await livenessOf(owner, self)) === 'dead'
  const writtenAt = await stat(file).then(
    (found) => found.mtimeMs,
    (error: unknown) => {
      if (hasSystemCode(error, 'ENOENT')) return Date.now()
      throw error
    },
  )
  return Date.now() - writtenAt > 60_000
}

function lockTimeout(path: string, holder: OwnerRecord, waitedMs: number): WorktreeError {
  const owner = `process ${holder.pid} on ${holder.host}`
  return new WorktreeError('LOCK_TIMEOUT', `waited ${waitedMs} ms for the lock ${path} held by ${owner}`, {
    details: { path, owner, waitedMs },
    hint: `If ${owner} is certainly gone, remove the file; its lock is broken by itself only when its death can be proven.`,
  })
}
