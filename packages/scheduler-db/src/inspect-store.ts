import { existsSync, statSync } from 'node:fs'
import type Sqlite from 'better-sqlite3'
import { loadAddon } from './addon.ts'
import { damaged } from './damage.ts'
import { refuseNetworkFileSystem } from './file-system.ts'
import { pendingSteps } from './migrate.ts'
import type { MigrationSet } from './pending-migrations.ts'
import { schedulerMigrations } from './schema.ts'
import { openSqlite, toPath } from './sqlite.ts'

/** Which database is looked at, and how long. */
export interface InspectStoreOptions {
  readonly url: string
  /** As for `openStore`. @defaultValue [] */
  readonly migrations?: readonly MigrationSet[]
  /** A larger file is opened and read, and not looked through. @defaultValue 268 435 456 */
  readonly checkMaxBytes?: number
}

/** What a database is like that this program could open. */
export interface StoreReport {
  /** Its path, or its address without the password. */
  readonly database: string
  /** Whether there is one; a run makes it. */
  readonly isThere: boolean
  /** Of a file, its log included; `null` for a server. */
  readonly bytes: number | null
  /** Whether every page was looked at. */
  readonly isChecked: boolean
  /** Migrations that opening it would carry out. */
  readonly pending: readonly string[]
}

const defaults = { migrations: [], checkMaxBytes: 256 * 1024 * 1024 } satisfies Omit<
  Required<InspectStoreOptions>,
  'url'
>

/**
 * Looks at a database without making or changing it, also while others use it; proves for a file that is not there that the native
 * add-on works.
 *
 * @throws StoreError as `openStore` would
 */
export async function inspectStore(options: InspectStoreOptions): Promise<StoreReport> {
  const sets = [schedulerMigrations, ...(options.migrations ?? defaults.migrations)]
  if (/^postgres(?:ql)?:/.test(options.url)) {
    const { inspectPostgres } = await import('./postgres-store.ts')
    return await inspectPostgres(options.url, sets)
  }
  return await inspectFile(toPath(options.url), sets, options.checkMaxBytes ?? defaults.checkMaxBytes)
}

async function inspectFile(
  path: string,
  sets: readonly MigrationSet[],
  checkMaxBytes: number,
): Promise<StoreReport> {
  const isThere = path !== ':memory:' && sizeOf(path) > 0
  if (isThere) await refuseNetworkFileSystem(path)
  const hadLog = hasLog(path)
  const database = await openSqlite({
    path: isThere ? path : ':memory:',
    readonly: isThere,
    busyTimeoutMs: 10_000,
    durability: 'full',
  })
  try {
    const bytes = isThere ? sizeOf(path) + sizeOf(`${path}-wal`) : 0
    const isChecked = isThere && bytes <= checkMaxBytes
    const problem = isChecked ? String(database.raw.pragma('quick_check(1)', { simple: true })) : 'ok'
    if (problem !== 'ok') throw damaged(path, problem)
    const pending = pendingSteps(database, sets).map(
      ({ package: of, migration }) => `${of}/${migration.name}`,
    )
    return { database: path, isThere, bytes, isChecked, pending }
  } finally {
    database.close()
    if (isThere && !hadLog) await endLog(path)
  }
}

function hasLog(path: string): boolean {
  return ['-wal', '-shm'].some((end) => existsSync(`${path}${end}`))
}

/**
 * A reader makes the files of a log and may not remove them; the last one that could have written does when it closes, and SQLite
 * alone knows whether it is the last.
 */
async function endLog(path: string): Promise<void> {
  if (!hasLog(path)) return
  const Database = await loadAddon()
  let raw: Sqlite.Database | undefined
  try {
    raw = new Database(path, { fileMustExist: true })
    raw.pragma('query_only = ON')
    // Only who has read takes part in the log.
    raw.pragma('schema_version')
  } catch (error) {
    // Of a file that is damaged or cannot be written the report tells.
    if (!(error instanceof Database.SqliteError)) throw error
  } finally {
    raw?.close()
  }
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0
}
