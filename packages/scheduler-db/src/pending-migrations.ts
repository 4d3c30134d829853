import type { Kysely } from 'kysely'
import { StoreError } from './errors.ts'

/** One step from an older database to a newer one. */
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

export interface Applied {
  readonly package: string
  readonly name: string
}

export interface Step {
  readonly package: string
  readonly migration: Migration
}

/**
 * What a database lacks, in order.
 *
 * @throws StoreError `NEWER_DATABASE` when it holds a migration that this program does not know
 */
export function pendingMigrations(
  sets: readonly MigrationSet[],
  applied: readonly Applied[],
  place: string,
): readonly Step[] {
  return sets.flatMap((set) => {
    const done = applied.filter((row) => row.package === set.package).map((row) => row.name)
    const unknown = done.find((name) => !set.migrations.some((migration) => migration.name === name))
    if (unknown !== undefined) throw newer(place, set.package, unknown)
    return set.migrations
      .filter((migration) => !done.includes(migration.name))
      .map((migration) => ({ package: set.package, migration }))
  })
}

function newer(place: string, packageName: string, migration: string): StoreError {
  return new StoreError(
    'NEWER_DATABASE',
    `the database was made by a newer version (${packageName}/${migration}): ${place}`,
    {
      hint: 'update this program; an older one must not write here',
      details: { path: place, package: packageName, migration },
    },
  )
}

export function foreignDatabase(place: string): StoreError {
  return new StoreError('FOREIGN_DATABASE', `the database belongs to another program: ${place}`, {
    hint: 'name another one',
    details: { path: place },
  })
}

export function migrationFailed(
  step: Step,
  error: unknown,
  { place, hint }: { place: string; hint: string },
): StoreError {
  const reason = error instanceof Error ? error.message : String(error)
  return new StoreError(
    'MIGRATION_FAILED',
    `the migration ${step.package}/${step.migration.name} failed: ${reason}`,
    {
      hint,
      details: { path: place, package: step.package, migration: step.migration.name },
      cause: error,
    },
  )
}
