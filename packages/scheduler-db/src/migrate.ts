import { randomUUID } from 'node:crypto'
import { existsSync, linkSync, rmSync } from 'node:fs'
import { Kysely } from 'kysely'
import type { PreparedDatabase } from './connection.ts'
import { sqliteDialect } from './dialect.ts'
import { isStoreError, StoreError } from './errors.ts'
import { toStoreError } from './sqlite-error.ts'
import { Turnstile } from './turnstile.ts'

export interface Migration {
  /** Unique in its set; once released, never renamed, reordered or edited. */
  readonly name: string
  /** Runs inside one transaction with all other pending migrations. */
  up(db: Kysely<unknown>): Promise<void>
}

/** The migrations of one package, oldest first. */
export interface MigrationSet {
  readonly package: string
  readonly migrations: readonly Migration[]
}

export interface MigrateOptions {
  readonly sets: readonly MigrationSet[]
  readonly now: () => number
  readonly waitMs: number
}

interface Step {
  readonly package: string
  readonly migration: Migration
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
    const details = { path: database.path, package: step.package, migration: step.migration.name }
    const reason = error instanceof Error ? error.message : String(error)
    throw new StoreError(
      'MIGRATION_FAILED',
      `the migration ${step.package}/${step.migration.name} failed: ${reason}`,
      {
        hint: 'nothing was changed; a backup lies beside the database when it held data',
        details,
        cause: error,
      },
    )
  }
  database
    .prepare('INSERT INTO migration (package, name, at) VALUES (?, ?, ?)')
    .run(step.package, step.migration.name, now)
}

/** What this database lacks; also finds a database that this program must not touch. */
function pendingSteps(database: PreparedDatabase, sets: readonly MigrationSet[]): readonly Step[] {
  const applied = appliedMigrations(database)
  return sets.flatMap((set) => {
    const done = applied.filter((row) => row.package === set.package).map((row) => row.name)
    const unknown = done.find((name) => !set.migrations.some((migration) => migration.name === name))
    if (unknown !== undefined) throw newer(database.path, set.package, unknown)
    return set.migrations
      .filter((migration) => !done.includes(migration.name))
      .map((migration) => ({ package: set.package, migration }))
  })
}

function newer(path: string, packageName: string, migration: string): StoreError {
  return new StoreError(
    'NEWER_DATABASE',
    `the database was made by a newer version (${packageName}/${migration}): ${path}`,
    {
      hint: 'update this program; an older one must not write here',
      details: { path, package: packageName, migration },
    },
  )
}

interface Applied {
  readonly package: string
  readonly name: string
}

function appliedMigrations(database: PreparedDatabase): readonly Applied[] {
  const names = database.raw
    .prepare<[], { name: string }>("SELECT name FROM sqlite_master WHERE type = 'table'")
    .all()
  if (names.some(({ name }) => name === 'migration')) {
    return database.raw.prepare<[], Applied>('SELECT package, name FROM migration').all()
  }
  if (names.some(({ name }) => !name.startsWith('sqlite_'))) {
    throw new StoreError('FOREIGN_DATABASE', `the database belongs to another program: ${database.path}`, {
      hint: 'name another path',
      details: { path: database.path },
    })
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
