import { randomUUID } from 'node:crypto'
import { copyFileSync, existsSync, linkSync, renameSync, rmSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { damaged } from './damage.ts'
import { StoreError } from './errors.ts'
import { openSqlite, toPath } from './sqlite.ts'
import { toStoreError } from './sqlite-error.ts'

/** The database that is copied, and the file to be made. */
export interface BackUpOptions {
  /** Of a SQLite file; for a server take its own `pg_dump`. */
  readonly url: string
  /** The file to be made; one that is there already is refused. */
  readonly target: string
}

/** Pages between two turns of the event loop: 2 MiB. */
const pagesPerTurn = 512

/**
 * Copies a database as it is at one instant, whoever writes to it meanwhile; nobody waits. The copy is checked, and is at
 * `target` whole or not at all.
 *
 * @throws StoreError `BAD_ADDRESS`, `UNWRITABLE` when the target exists or cannot be made, `DISK_FULL`, `CORRUPT`
 */
export async function backUpStore({ url, target }: BackUpOptions): Promise<void> {
  const path = toPath(url)
  if (!existsSync(path)) throw absent(path)
  const file = resolve(target)
  if (existsSync(file)) throw exists(file)
  const partial = `${file}.partial-${process.pid}-${randomUUID()}`
  const source = await openSqlite({ path, readonly: true, busyTimeoutMs: 10_000, durability: 'full' })
  try {
    // An instant is kept by a transaction that reads; without one each commit of others would make the copy begin anew.
    source.raw.exec('BEGIN')
    source.raw.prepare('SELECT count(*) FROM sqlite_master').get()
    await source.raw.backup(partial, { progress: () => pagesPerTurn })
    await checkCopy(partial)
    linkSync(partial, file)
  } catch (error) {
    throw existsSync(file) ? exists(file) : toStoreError(error, file)
  } finally {
    source.close()
    for (const name of [partial, `${partial}-wal`, `${partial}-shm`, `${partial}-journal`])
      rmSync(name, { force: true })
  }
}

/** Made to stand alone, without a log beside it, and looked through. */
async function checkCopy(partial: string): Promise<void> {
  const copy = await openSqlite({ path: partial, readonly: false, busyTimeoutMs: 0, durability: 'full' })
  try {
    const problem = copy.raw.pragma('quick_check(1)', { simple: true })
    if (problem !== 'ok') throw damaged(partial, String(problem))
  } finally {
    copy.close()
  }
}

/** The file to be replaced, and the backup that takes its place. */
export interface RestoreOptions {
  /** The SQLite file to be replaced; nobody may have it open. */
  readonly url: string
  /** A backup; it stays. */
  readonly from: string
}

/**
 * Puts a backup in the place of a database, which is moved aside with its log first.
 *
 * @returns where the old file is, if there was one
 * @throws StoreError `BAD_ADDRESS`; `CORRUPT`, `NOT_A_DATABASE` for the backup, and then nothing was changed
 */
export async function restoreStore({ url, from }: RestoreOptions): Promise<string | undefined> {
  const path = toPath(url)
  if (!existsSync(from)) throw absent(from)
  const fresh = `${path}.restored-${process.pid}-${randomUUID()}`
  try {
    copyFileSync(from, fresh)
    await checkCopy(fresh)
    const aside = existsSync(path) ? `${path}.damaged-${stamp(statSync(path).mtimeMs)}` : undefined
    if (aside !== undefined) for (const part of ['-wal', '-shm', '']) moveIfThere(path + part, aside + part)
    renameSync(fresh, path)
    return aside
  } catch (error) {
    throw toStoreError(error, path)
  } finally {
    for (const name of [fresh, `${fresh}-wal`, `${fresh}-shm`]) rmSync(name, { force: true })
  }
}

function moveIfThere(from: string, to: string): void {
  if (existsSync(from)) renameSync(from, to)
}

function stamp(at: number): string {
  return new Date(at).toISOString().replace(/\D/g, '').slice(0, 14)
}

function absent(path: string): StoreError {
  return new StoreError('UNWRITABLE', `there is no database: ${path}`, { details: { path } })
}

function exists(path: string): StoreError {
  return new StoreError('UNWRITABLE', `the file is there already: ${path}`, {
    hint: 'name another one; a backup never replaces anything',
    details: { path },
  })
}
