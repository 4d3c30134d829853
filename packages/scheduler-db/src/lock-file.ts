import type Sqlite from 'better-sqlite3'
import { addonFailure, loadAddon } from './addon.ts'
import { toStoreError } from './sqlite-error.ts'

/** Held until released or until the process is gone, however it goes. */
export interface FileLock {
  release(): void
}

/**
 * The kernel's own lock of a file (SQLite's exclusive lock on an empty one): it dies with its holder, needs no clean-up after
 * `kill -9`, and is never taken from a living one. The file is made where it is absent, and never removed.
 *
 * @returns `undefined` while somebody else holds it
 * @throws StoreError `ADDON_MISSING`, `UNWRITABLE`
 */
export async function lockFile(path: string): Promise<FileLock | undefined> {
  const Database = await loadAddon()
  let database: Sqlite.Database | undefined
  try {
    database = new Database(path, { timeout: 0 })
    // Nothing is ever written to it, so it needs no journal beside it.
    database.pragma('journal_mode = OFF')
    database.exec('BEGIN EXCLUSIVE')
  } catch (error) {
    database?.close()
    if (error instanceof Error && 'code' in error && error.code === 'SQLITE_BUSY') return undefined
    throw addonFailure(error) ?? toStoreError(error, path)
  }
  const held = database
  return { release: () => void held.close() }
}
