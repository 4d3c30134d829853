import { statSync } from 'node:fs'
import { isAbsolute, resolve } from 'node:path'
import type Sqlite from 'better-sqlite3'
import { addonFailure, loadAddon } from './addon.ts'
import { PreparedDatabase } from './connection.ts'
import { damaged } from './damage.ts'
import { StoreError } from './errors.ts'
import { toStoreError } from './sqlite-error.ts'

export interface OpenSqliteOptions {
  readonly path: string
  readonly readonly: boolean
  readonly busyTimeoutMs: number
  readonly durability: 'full' | 'fast'
}

/** SQLite's own waiting blocks the thread, so the writer's is short; beginning a transaction is repeated instead. */
const writerTimeoutMs = 5

/** Opens one handle. */
export async function openSqlite(options: OpenSqliteOptions): Promise<PreparedDatabase> {
  const Database = await loadAddon()
  const { path } = options
  let raw: Sqlite.Database | undefined
  try {
    raw = new Database(path, {
      readonly: options.readonly,
      timeout: options.readonly ? options.busyTimeoutMs : writerTimeoutMs,
    })
    configure(raw, options)
    return new PreparedDatabase(raw, path)
  } catch (error) {
    raw?.close()
    throw openFailure(error, path)
  }
}

function configure(raw: Sqlite.Database, options: OpenSqliteOptions): void {
  if (!options.readonly) {
    // Before the first table, else it has no effect: lets retention give pages back.
    if (raw.pragma('page_count', { simple: true }) === 0) raw.pragma('auto_vacuum = INCREMENTAL')
    if (raw.pragma('journal_mode', { simple: true }) !== 'wal') raw.pragma('journal_mode = WAL')
    raw.pragma(`synchronous = ${options.durability === 'full' ? 'FULL' : 'NORMAL'}`)
    // Without this macOS only hands the data to the drive's cache.
    if (options.durability === 'full') raw.pragma('fullfsync = 1')
    raw.pragma('journal_size_limit = 67108864')
    // A job changes six pages, and each writing back waits for the disk twice: by default that is every 170 jobs.
    raw.pragma('wal_autocheckpoint = 4000')
    raw.pragma('foreign_keys = ON')
  }
  raw.pragma('cache_size = -16384')
  raw.pragma('trusted_schema = OFF')
  // The first real read: SQLite compares the header's page count with the file here, so a cut file is found.
  raw.prepare('SELECT count(*) FROM sqlite_master').get()
}

function openFailure(error: unknown, path: string): unknown {
  if (!(error instanceof Error)) return error
  const missing = addonFailure(error)
  if (missing !== undefined) return missing
  const code = 'code' in error ? error.code : undefined
  if (error instanceof TypeError && /directory does not exist/.test(error.message)) {
    return new StoreError('UNWRITABLE', `the folder of the database does not exist: ${path}`, {
      hint: 'create the folder first',
      details: { path },
      cause: error,
    })
  }
  const isFolder = isDirectory(path)
  if (code === 'SQLITE_READONLY' || code === 'SQLITE_CANTOPEN' || isFolder) {
    const what = isFolder ? 'the path is a folder, not a database file' : undefined
    return new StoreError(
      'UNWRITABLE',
      `${what ?? `the database cannot be opened for writing (${error.message})`}: ${path}`,
      {
        hint: 'check the owner and mode of the file and of its folder',
        details: { path, sqlite: String(code) },
        cause: error,
      },
    )
  }
  if (typeof code === 'string' && code.startsWith('SQLITE_CORRUPT'))
    return damaged(path, error.message, error)
  return toStoreError(error, path)
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
}

/** @throws StoreError `BAD_ADDRESS` */
export function toPath(url: string): string {
  const path = url.startsWith('sqlite:') ? url.slice('sqlite:'.length) : url
  if (path === ':memory:') return path
  if (path === '' || /^[a-z][a-z0-9+.-]+:/i.test(path) || path.includes('\0')) {
    throw new StoreError('BAD_ADDRESS', `not the address of a database: ${JSON.stringify(url)}`, {
      hint: 'use sqlite:<path> or postgres://user@host/database',
    })
  }
  return isAbsolute(path) ? path : resolve(path)
}
