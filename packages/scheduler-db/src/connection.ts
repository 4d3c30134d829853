import { setTimeout as sleep } from 'node:timers/promises'
import type Sqlite from 'better-sqlite3'
import type { CompiledQuery, DatabaseConnection, QueryResult } from 'kysely'
import { isStoreError, StoreError } from './errors.ts'
import { Prepared } from './prepared.ts'
import { toStoreError } from './sqlite-error.ts'

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

  #prepare(text: string): Prepared {
    const known = this.#statements.get(text)
    if (known !== undefined) return known
    if (this.#statements.size >= cachedStatementsMax) this.#statements.clear()
    const fresh = new Prepared(this.raw.prepare<unknown[], unknown>(text))
    this.#statements.set(text, fresh)
    return fresh
  }

  /**
   * Runs one statement of kysely's, without waiting.
   *
   * @throws StoreError for what SQLite refuses
   */
  answer<R>(query: CompiledQuery): QueryResult<R> {
    try {
      return this.#prepare(query.sql).answer<R>(query)
    } catch (error) {
      throw toStoreError(error, this.path)
    }
  }

  command(text: string): void {
    try {
      this.#prepare(text).run()
    } catch (error) {
      throw toStoreError(error, this.path)
    }
  }

  /** Runs `work` between begin and commit, without waiting; what it did is undone when it or the commit throws. */
  inTransaction<T>(work: () => T): T {
    this.command('begin immediate')
    try {
      const value = work()
      this.command('commit')
      return value
    } catch (error) {
      if (this.raw.inTransaction) this.command('rollback')
      throw error
    }
  }

  isReadOnly(query: CompiledQuery): boolean {
    try {
      return this.#prepare(query.sql).readonly
    } catch (error) {
      throw toStoreError(error, this.path)
    }
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
        this.database.command(text)
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
    this.database.command(text)
  }

  release(): void {
    this.#released = true
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    this.#check(query)
    return this.database.answer<R>(query)
  }

  async *streamQuery<R>(query: CompiledQuery): AsyncIterableIterator<QueryResult<R>> {
    this.#check(query)
    yield* new Prepared(this.database.raw.prepare<unknown[], unknown>(query.sql)).iterate<R>(query)
  }

  #check(query: CompiledQuery): void {
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
    if (!this.#writable && !this.database.isReadOnly(query)) {
      throw new StoreError('READ_ONLY', 'tried to write outside a transaction', {
        hint: 'write in store.transaction(); store.db only reads',
      })
    }
  }
}
