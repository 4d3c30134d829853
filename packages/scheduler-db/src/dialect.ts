import {
  type DatabaseConnection,
  type Dialect,
  type Driver,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely'
import { sqliteAdapter } from './adapters.ts'
import { type PreparedDatabase, SqliteConnection } from './connection.ts'
import { StoreError } from './errors.ts'
import type { Turnstile } from './turnstile.ts'

export interface SqliteDialectOptions {
  readonly database: PreparedDatabase
  /** Whether statements may write outside a transaction. */
  readonly writable: boolean
  /** `immediate` takes the write lock at once: a later upgrade from reading would fail at once instead of waiting. */
  readonly begin: 'begin immediate' | 'begin'
  /** How long to wait for another process's lock at the start of a transaction. */
  readonly waitMs: number
  /** Lets one borrower of the handle in at a time. */
  readonly turnstile: Turnstile
}

/** Kysely's dialect over a handle that is already open, and that somebody else closes. */
export function sqliteDialect(options: SqliteDialectOptions): Dialect {
  return {
    createAdapter: () => sqliteAdapter,
    createDriver: () => sqliteDriver(options),
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  }
}

function sqliteDriver({ database, writable, begin, waitMs, turnstile }: SqliteDialectOptions): Driver {
  return {
    init: async () => undefined,
    acquireConnection: async () => {
      await turnstile.enter()
      return new SqliteConnection(database, writable)
    },
    beginTransaction: async (connection) => own(connection).begin(begin, waitMs),
    commitTransaction: async (connection) => own(connection).end('commit'),
    rollbackTransaction: async (connection) => own(connection).end('rollback'),
    releaseConnection: async (connection) => {
      own(connection).release()
      turnstile.leave()
    },
    destroy: async () => undefined,
  }
}

function own(connection: DatabaseConnection): SqliteConnection {
  if (connection instanceof SqliteConnection) return connection
  throw new StoreError('CLOSED', 'the connection belongs to another store')
}
