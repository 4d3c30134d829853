import { isAbsolute, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { CompiledQuery, Kysely } from 'kysely'
import type { PreparedDatabase } from './connection.ts'
import { sqliteDialect } from './dialect.ts'
import { isStoreError, StoreError } from './errors.ts'
import { refuseNetworkFileSystem } from './file-system.ts'
import { type MigrationSet, migrate } from './migrate.ts'
import { schedulerMigrations } from './schema.ts'
import { openSqlite } from './sqlite.ts'
import type { NoTables, SchedulerTables, Tx } from './tables.ts'
import { Turnstile } from './turnstile.ts'

export interface OpenStoreOptions {
  /** `sqlite:<path>`, a plain path, or `:memory:`. */
  readonly url: string
  /** Tables of the program, applied after those of this package, in this order. */
  readonly migrations?: readonly MigrationSet[]
  /** Epoch milliseconds for {@link Store.now}. @defaultValue `Date.now` */
  readonly clock?: () => number
  readonly signal?: AbortSignal
  /** How long to wait for another process's lock. @defaultValue 10000 */
  readonly busyTimeoutMs?: number
  /** `fast` survives a killed process, but may lose the last seconds at power loss. @defaultValue `full` */
  readonly durability?: 'full' | 'fast'
}

export type Work<Extra> = (tx: Tx<Extra>) => Promise<unknown>

/** One open database. Closing it leaves the data; it is safe to be killed at any instant. */
export interface Store<Extra = NoTables> extends AsyncDisposable {
  /** Reads of what is committed; a write is refused (`READ_ONLY`). */
  readonly db: Kysely<SchedulerTables & Extra>
  /**
   * Runs `fn` in one transaction that holds the write lock from its start; what it did is durable when the promise
   * resolves, and undone when it rejects. Calls queue up.
   *
   * @throws StoreError `NESTED_TRANSACTION` when called inside a transaction of this store
   */
  transaction<T>(fn: (tx: Tx<Extra>) => Promise<T>): Promise<T>
  /**
   * Runs all `fns` in order with ONE commit. One that throws is undone alone and the others stand; when the commit
   * itself fails the whole promise rejects and nothing stands.
   */
  batch(fns: readonly Work<Extra>[]): Promise<readonly PromiseSettledResult<unknown>[]>
  /** Epoch milliseconds by the clock given at opening. */
  now(): number
  /** Waits for transactions under way, then closes; again is harmless. */
  close(): Promise<void>
}

/**
 * Opens (and creates, and migrates) a database.
 *
 * @throws StoreError `ADDON_MISSING`, `BAD_ADDRESS`, `POSTGRES_NOT_BUILT`, `NETWORK_FILE_SYSTEM`, `UNWRITABLE`,
 * `NOT_A_DATABASE`, `CORRUPT`, `FOREIGN_DATABASE`, `NEWER_DATABASE`, `MIGRATION_FAILED`, `DISK_FULL`, `BUSY`
 */
export async function openStore<Extra = NoTables>(options: OpenStoreOptions): Promise<Store<Extra>> {
  options.signal?.throwIfAborted()
  const path = toPath(options.url)
  if (path !== ':memory:') await refuseNetworkFileSystem(path)
  const settings = {
    path,
    busyTimeoutMs: options.busyTimeoutMs ?? 10_000,
    durability: options.durability ?? 'full',
  } as const
  const clock = options.clock ?? Date.now
  const writer = await whileBusy(
    () => openSqlite({ ...settings, readonly: false }),
    settings.busyTimeoutMs,
    options.signal,
  )
  try {
    const sets = [schedulerMigrations, ...(options.migrations ?? [])]
    await migrate(writer, { sets, now: clock, waitMs: settings.busyTimeoutMs })
    const reader = path === ':memory:' ? writer : await openSqlite({ ...settings, readonly: true })
    return new SqliteStore<Extra>({ writer, reader, clock, waitMs: settings.busyTimeoutMs })
  } catch (error) {
    writer.close()
    throw error
  }
}

function toPath(url: string): string {
  if (/^postgres(ql)?:/.test(url)) {
    throw new StoreError('POSTGRES_NOT_BUILT', 'PostgreSQL is not part of this release', {
      hint: 'use sqlite:<path>',
    })
  }
  const path = url.startsWith('sqlite:') ? url.slice('sqlite:'.length) : url
  if (path === ':memory:') return path
  if (path === '' || /^[a-z][a-z0-9+.-]+:/i.test(path) || path.includes('\0')) {
    throw new StoreError('BAD_ADDRESS', `not the address of a database: ${JSON.stringify(url)}`, {
      hint: 'use sqlite:<path>',
    })
  }
  return isAbsolute(path) ? path : resolve(path)
}

/** Switching a new file to write-ahead logging ignores SQLite's own waiting, so racing first starts are repeated here. */
async function whileBusy<T>(open: () => Promise<T>, limitMs: number, signal?: AbortSignal): Promise<T> {
  const deadline = performance.now() + limitMs
  for (;;) {
    try {
      return await open()
    } catch (error) {
      if (!isStoreError(error, 'BUSY') || performance.now() > deadline) throw error
      await sleep(5 + Math.random() * 20, undefined, signal === undefined ? {} : { signal })
    }
  }
}

interface Parts {
  readonly writer: PreparedDatabase
  readonly reader: PreparedDatabase
  readonly clock: () => number
  readonly waitMs: number
}

class SqliteStore<Extra> implements Store<Extra> {
  readonly db: Kysely<SchedulerTables & Extra>
  readonly now: () => number
  readonly #writes: Kysely<SchedulerTables & Extra>
  readonly #writer: PreparedDatabase
  readonly #reader: PreparedDatabase
  readonly #turnstile = new Turnstile()
  readonly #readTurnstile: Turnstile
  readonly #underWay = new Set<Promise<unknown>>()
  #closing: Promise<void> | undefined

  constructor({ writer, reader, clock, waitMs }: Parts) {
    this.#writer = writer
    this.#reader = reader
    this.now = clock
    this.#readTurnstile = reader === writer ? this.#turnstile : new Turnstile()
    const write = {
      database: writer,
      writable: true,
      begin: 'begin immediate',
      turnstile: this.#turnstile,
    } as const
    const read = {
      database: reader,
      writable: false,
      begin: 'begin',
      turnstile: this.#readTurnstile,
    } as const
    this.#writes = new Kysely({ dialect: sqliteDialect({ ...write, waitMs }) })
    this.db = new Kysely({ dialect: sqliteDialect({ ...read, waitMs }) })
  }

  async transaction<T>(fn: (tx: Tx<Extra>) => Promise<T>): Promise<T> {
    if (this.#closing !== undefined) throw closed(this.#writer.path)
    const work = this.#writes.transaction().execute((tx) => this.#turnstile.inside(() => fn(tx)))
    this.#underWay.add(work)
    try {
      return await work
    } finally {
      this.#underWay.delete(work)
    }
  }

  async batch(fns: readonly Work<Extra>[]): Promise<readonly PromiseSettledResult<unknown>[]> {
    if (fns.length === 0) return []
    return await this.transaction(async (tx) => {
      const results: PromiseSettledResult<unknown>[] = []
      for (const fn of fns) results.push(await alone(tx, fn))
      return results
    })
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    await Promise.allSettled(this.#underWay)
    await this.#turnstile.shut()
    if (this.#readTurnstile !== this.#turnstile) {
      await this.#readTurnstile.shut()
      this.#reader.close()
    }
    this.#writer.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}

function closed(path: string): StoreError {
  return new StoreError('CLOSED', `the store is closed: ${path}`, { details: { path } })
}

const savepoint = CompiledQuery.raw('savepoint work')
const release = CompiledQuery.raw('release savepoint work')
const rollback = CompiledQuery.raw('rollback to savepoint work')

async function alone<Extra>(tx: Tx<Extra>, fn: Work<Extra>): Promise<PromiseSettledResult<unknown>> {
  await tx.executeQuery(savepoint)
  try {
    const value = await fn(tx)
    await tx.executeQuery(release)
    return { status: 'fulfilled', value }
  } catch (reason) {
    await tx.executeQuery(rollback)
    await tx.executeQuery(release)
    return { status: 'rejected', reason }
  }
}
