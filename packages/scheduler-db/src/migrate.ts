import { randomUUID } from 'node:crypto'
import { existsSync, linkSync, rmSync } from 'node:fs'
import { Kysely } from 'kysely'
import type { PreparedDatabase } from './connection.ts'
import { sqliteDialect } from './dialect.ts'
import { isStoreError } from './errors.ts'
import {
  type Applied,
  foreignDatabase,
  type MigrationSet,
  migrationFailed,
  pendingMigrations,
  type Step,
} from './pending-migrations.ts'
import { toStoreError } from './sqlite-error.ts'
import { Turnstile } from './turnstile.ts'

export interface MigrateOptions {
  readonly sets: readonly MigrationSet[]
  readonly now: () => number
  readonly waitMs: number
}

/** Brings the database to the schema of this program; several processes may try at once, one does it. */
export async function migrate(database: PreparedDatabase, options: MigrateOptions): Promise<void> {
  const pending = pendingSteps(database, options.sets)
  const first = pending[0]
  if (first === undefined) return
  if (hasTables(database)) backUp(database, first)
  const db = new Kysely<unknown>({
    dialect: sqliteDialect({
      database,
      writable: true,
      begin: 'begin immediate',
      waitMs: options.waitMs,
      turnstile: new Turnstile(),
    }),
  })
  await db.transaction().execute(async (tx) => {
    database.raw.exec(
      'CREATE TABLE IF NOT EXISTS migration (package TEXT NOT NULL, name TEXT NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (package, name)) STRICT',
    )
    // Again, now under the lock: another process may have been first.
    for (const step of pendingSteps(database, options.sets)) await apply(tx, database, step, options.now())
  })
}

async function apply(
  tx: Kysely<unknown>,
  database: PreparedDatabase,
  step: Step,
  now: number,
): Promise<void> {
  try {
    await step.migration.up(tx)
  } catch (error) {
    if (isStoreError(error, 'DISK_FULL')) throw error
    throw migrationFailed(step, error, {
      place: database.path,
      hint: 'nothing was changed; a backup lies beside the database when it held data',
    })
  }
  database.raw
    .prepare('INSERT INTO migration (package, name, at) VALUES (?, ?, ?)')
    .run(step.package, step.migration.name, now)
}

/** What this database lacks; also finds a database that this program must not touch. */
export function pendingSteps(database: PreparedDatabase, sets: readonly MigrationSet[]): readonly Step[] {
  return pendingMigrations(sets, appliedMigrations(database), database.path)
}

function appliedMigrations(database: PreparedDatabase): readonly Applied[] {
  const names = database.raw
    .prepare<[], { name: string }>("SELECT name FROM sqlite_master WHERE type = 'table'")
    .all()
  if (names.some(({ name }) => name === 'migration')) {
    return database.raw.prepare<[], Applied>('SELECT package, name FROM migration').all()
  }
  if (names.some(({ name }) => !name.startsWith('sqlite_'))) {
    throw foreignDatabase(database.path)
  }
  return []
}

function hasTables(database: PreparedDatabase): boolean {
  return appliedMigrations(database).length > 0 && database.path !== ':memory:'
}

/** Copies the database beside itself, once per migration; a copy that is there already is complete. */
function backUp(database: PreparedDatabase, before: Step): void {
  const target = `${database.path}.before-${before.package}-${before.migration.name}`
  if (existsSync(target)) return
  const partial = `${database.path}.backup-${process.pid}-${randomUUID()}`
  try {
    database.raw.prepare('VACUUM INTO ?').run(partial)
    linkSync(partial, target)
  } catch (error) {
    if (!existsSync(target)) throw toStoreError(error, database.path)
  } finally {
    rmSync(partial, { force: true })
  }
}
