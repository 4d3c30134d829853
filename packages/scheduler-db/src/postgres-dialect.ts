import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type QueryResult,
} from 'kysely'
import type { Pool, PoolClient } from 'pg'
import { postgresAdapter } from './adapters.ts'
import { StoreError } from './errors.ts'
import { fromPostgresError } from './postgres-error.ts'

export interface PostgresDialectOptions {
  readonly pool: Pool
  /** The address without its password, for messages. */
  readonly database: string
  /** Changes a statement's text before it is sent. */
  readonly rewrite?: (text: string) => string
  /** Throws when the store takes nothing any more. */
  readonly check?: () => void
}

/** Kysely's dialect over a pool that somebody else ends. */
export function postgresDialect(options: PostgresDialectOptions): Dialect {
  return {
    createAdapter: () => postgresAdapter,
    createDriver: () => postgresDriver(options),
    createIntrospector: (db) => new PostgresIntrospector(db),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  }
}

const namedStatementsMax = 500
const names = new Map<string, string>()

/** Statements with a name are parsed and planned once per connection. */
function nameOf(text: string): string | undefined {
  const known = names.get(text)
  if (known !== undefined || names.size >= namedStatementsMax) return known
  const fresh = `tmo${names.size}`
  names.set(text, fresh)
  return fresh
}

/** One lending of a connection; it refuses to work once it was given back. */
class PostgresConnection implements DatabaseConnection {
  readonly client: PoolClient
  readonly #options: PostgresDialectOptions
  #released = false
  #broken = false

  constructor(client: PoolClient, options: PostgresDialectOptions) {
    this.client = client
    this.#options = options
  }

  async command(text: string): Promise<void> {
    try {
      await this.client.query(text)
    } catch (error) {
      this.#broken = true
      throw fromPostgresError(error, this.#options.database)
    }
  }

  /** A connection that breaks here leaves open whether the server had committed. */
  async commit(): Promise<void> {
    try {
      const { command } = await this.client.query('COMMIT')
      if (command === 'COMMIT') return
    } catch (error) {
      this.#broken = true
      const known = fromPostgresError(error, this.#options.database)
      if (!(known instanceof StoreError) || known.code !== 'UNREACHABLE') throw known
      throw new StoreError(
        'OUTCOME_UNKNOWN',
        `the connection broke during the commit: ${this.#options.database}`,
        {
          hint: 'whether it took effect is not known; look before you do it again',
          details: { database: this.#options.database },
          cause: error,
        },
      )
    }
    throw new StoreError(
      'TRANSACTION_ENDED',
      'PostgreSQL rolled the transaction back after an earlier failure',
      {
        details: { database: this.#options.database },
      },
    )
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    this.#check()
    const text = this.#options.rewrite?.(query.sql) ?? query.sql
    const name = query.parameters.length === 0 ? undefined : nameOf(text)
    try {
      const result = await this.client.query<Record<string, unknown>>({
        text,
        values: [...query.parameters],
        ...(name === undefined ? {} : { name }),
      })
      const changes = result.command === 'SELECT' ? undefined : (result.rowCount ?? undefined)
      return {
        rows: toRows<R>(result.rows),
        ...(changes === undefined ? {} : { numAffectedRows: BigInt(changes) }),
      }
    } catch (error) {
      throw fromPostgresError(error, this.#options.database)
    }
  }

  // biome-ignore lint/correctness/useYield: rows come in one piece; reading them piece by piece would need a cursor of another package
  async *streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    throw new StoreError('BAD_INPUT', 'rows of PostgreSQL are not streamed', {
      hint: 'read a bounded piece with limit()',
    })
  }

  release(): void {
    this.#released = true
    this.client.release(this.#broken)
  }

  #check(): void {
    if (!this.#released) return
    throw new StoreError('TRANSACTION_ENDED', 'tried to use a transaction after its end', {
      hint: 'await everything inside the function given to transaction()',
    })
  }
}

function postgresDriver(options: PostgresDialectOptions): Driver {
  return {
    init: async () => undefined,
    acquireConnection: async () => {
      options.check?.()
      try {
        return new PostgresConnection(await options.pool.connect(), options)
      } catch (error) {
        throw fromPostgresError(error, options.database)
      }
    },
    beginTransaction: async (connection) => own(connection).command('BEGIN'),
    commitTransaction: async (connection) => own(connection).commit(),
    rollbackTransaction: async (connection) => own(connection).command('ROLLBACK'),
    releaseConnection: async (connection) => own(connection).release(),
    destroy: async () => undefined,
  }
}

function own(connection: DatabaseConnection): PostgresConnection {
  if (connection instanceof PostgresConnection) return connection
  throw new StoreError('CLOSED', 'the connection belongs to another store')
}

/** The last line of parsing: the query's own type says what its rows are. */
function toRows<R>(rows: readonly unknown[]): R[] {
  return rows as R[]
}
