import { Kysely, sql } from 'kysely'
import type { Pool } from 'pg'
import { isStoreError } from './errors.ts'
import {
  type Applied,
  foreignDatabase,
  type MigrationSet,
  migrationFailed,
  pendingMigrations,
  type Step,
} from './pending-migrations.ts'
import { postgresDialect } from './postgres-dialect.ts'
import { toPostgresDdl } from './to-postgres-ddl.ts'

export interface MigratePostgresOptions {
  readonly pool: Pool
  readonly database: string
  readonly sets: readonly MigrationSet[]
  readonly now: () => number
}

/** Any number, the same in all programs: who holds it migrates. */
const lockKey = 7_302_026

/** Brings the database to the schema of this program, all or nothing; several processes may try at once, one does it. */
export async function migratePostgres(options: MigratePostgresOptions): Promise<void> {
  const { pool, database, sets, now } = options
  const db = new Kysely<unknown>({ dialect: postgresDialect({ pool, database, rewrite: toPostgresDdl }) })
  if ((await pendingInPostgres({ pool, database, sets })).length === 0) return
  await db.transaction().execute(async (tx) => {
    await sql`SELECT pg_advisory_xact_lock(${sql.lit(lockKey)})`.execute(tx)
    await sql
      .raw(
        'CREATE TABLE IF NOT EXISTS migration (package TEXT NOT NULL, name TEXT NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (package, name))',
      )
      .execute(tx)
    // Again, now under the lock: another process may have been first.
    for (const step of pendingMigrations(sets, await readApplied(tx), database)) {
      try {
        await step.migration.up(tx)
      } catch (error) {
        if (isStoreError(error, 'DISK_FULL') || isStoreError(error, 'UNREACHABLE')) throw error
        throw migrationFailed(step, error, { place: database, hint: 'nothing was changed' })
      }
      await sql`INSERT INTO migration (package, name, at) VALUES (${step.package}, ${step.migration.name}, ${now()})`.execute(
        tx,
      )
    }
  })
}

/** What the database lacks, without changing it. */
export async function pendingInPostgres({
  pool,
  database,
  sets,
}: Omit<MigratePostgresOptions, 'now'>): Promise<readonly Step[]> {
  const db = new Kysely<unknown>({ dialect: postgresDialect({ pool, database, rewrite: toPostgresDdl }) })
  return pendingMigrations(sets, await appliedMigrations(db, database), database)
}

/** @throws StoreError `FOREIGN_DATABASE` when its schema holds tables of something else */
async function appliedMigrations(db: Kysely<unknown>, database: string): Promise<readonly Applied[]> {
  const { rows } = await sql<{ name: string }>`
    SELECT tablename AS name FROM pg_tables WHERE schemaname = current_schema()`.execute(db)
  if (rows.some(({ name }) => name === 'migration')) return await readApplied(db)
  if (rows.length > 0) throw foreignDatabase(database)
  return []
}

async function readApplied(db: Kysely<unknown>): Promise<readonly Applied[]> {
  return (await sql<Applied>`SELECT package, name FROM migration`.execute(db)).rows
}
