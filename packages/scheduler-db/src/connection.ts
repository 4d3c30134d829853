import { setTimeout as sleep } from 'node:timers/promises'
import type Sqlite from 'better-sqlite3'
import type { CompiledQuery, DatabaseConnection, QueryResult } from 'kysely'
import { isStoreError, StoreError } from './errors.ts'
import { toStoreError } from './sqlite-error.ts'

type Row = unknown
type Prepared = Sqlite.Statement<unknown[], Row>

const cachedStatementsMax = 500

/** One better-sqlite3 handle with its prepared statements; they are kept, since preparing costs more than running. */
export class PreparedDatabase {
  readonly raw: Sqlite.Database
  readonly path: string
  readonly #statements = new Map<string, Prepared>()

  constructor(raw: Sqlite.Database, path: string) {
    this.raw = raw
    this.path = path
  }

  prepare(text: string): Prepared {
    const known = this.#statements.get(text)
    if (known !== undefined) return known
    if (this.#statements.size >= cachedStatementsMax) this.#statements.clear()
    const fresh = this.raw.prepare<unknown[], Row>(text)
    this.#statements.set(text, fresh)
    return fresh
  }

  close(): void {
    this.#statements.clear()
    this.raw.close()
  }
}

/** One lending of the handle: a transaction, or one statement. It refuses to work once it was given back. */
export class SqliteConnection implements DatabaseConnection {
  readonly database: PreparedDatabase
  readonly #writable: boolean
  #inTransaction = false
  #released = false

  constructor(database: PreparedDatabase, writable: boolean) {
    this.database = database
    this.#writable = writable
  }

  /**
   * Waits for another process's lock without blocking the thread for long: the one who holds the lock may be a second
   * store of this very thread, which can end its transaction only while nobody blocks.
   *
   * @throws StoreError `BUSY` after `waitMs`
   */
  async begin(text: string, waitMs: number): Promise<void> {
    const deadline = performance.now() + waitMs
    for (;;) {
      try {
        this.command(text)
        this.#inTransaction = true
        return
      } catch (error) {
        if (!isStoreError(error, 'BUSY') || performance.now() > deadline) throw error
        await sleep(1 + Math.random() * 9)
      }
    }
  }

  /** Ends the transaction; nothing to do when SQLite has already rolled it back by itself (full disk). */
  end(text: 'commit' | 'rollback'): void {
    this.#inTransaction = false
    if (text === 'rollback' && !this.database.raw.inTransaction) return
    this.command(text)
  }

  release(): void {
    this.#released = true
  }

  command(text: string): void {
    try {
      this.database.prepare(text).run()
    } catch (error) {
      throw toStoreError(error, this.database.path)
    }
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    const prepared = this.#prepare(query)
    try {
      if (prepared.reader) return { rows: toRows<R>(prepared.all(...query.parameters)) }
      const { changes, lastInsertRowid } = prepared.run(...query.parameters)
      return { rows: [], numAffectedRows: BigInt(changes), insertId: BigInt(lastInsertRowid) }
    } catch (error) {
      throw toStoreError(error, this.database.path)
    }
  }

  async *streamQuery<R>(query: CompiledQuery): AsyncIterableIterator<QueryResult<R>> {
    this.#prepare(query)
    const own = this.database.raw.prepare<unknown[], Row>(query.sql)
    for (const row of own.iterate(...query.parameters)) yield { rows: toRows<R>([row]) }
  }

  #prepare(query: CompiledQuery): Prepared {
    this.#check()
    let prepared: Prepared
    try {
      prepared = this.database.prepare(query.sql)
    } catch (error) {
      throw toStoreError(error, this.database.path)
    }
    if (!this.#writable && !prepared.readonly) {
      throw new StoreError('READ_ONLY', 'tried to write outside a transaction', {
        hint: 'write in store.transaction(); store.db only reads',
      })
    }
    return prepared
  }

  #check(): void {
    if (this.#released) {
      throw new StoreError('TRANSACTION_ENDED', 'tried to use a transaction after its end', {
        hint: 'await everything inside the function given to transaction()',
      })
    }
    if (this.#inTransaction && !this.database.raw.inTransaction) {
      throw new StoreError(
        'TRANSACTION_ENDED',
        'SQLite rolled the transaction back after an earlier failure',
        {
          details: { path: this.database.path },
        },
      )
    }
  }
}

/** The last line of parsing: the query's own type says what its rows are. */
function toRows<R>(rows: readonly unknown[]): R[] {
  return rows as R[]
}
