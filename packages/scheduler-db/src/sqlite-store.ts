import { statSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { type CompiledQuery, Kysely, type QueryResult } from 'kysely'
import { Change } from './change.ts'
import { type ClaimJobsOptions, claimSteps } from './claim-jobs.ts'
import type { PreparedDatabase } from './connection.ts'
import { damaged } from './damage.ts'
import { sqliteDialect } from './dialect.ts'
import { isStoreError, StoreError } from './errors.ts'
import { refuseNetworkFileSystem } from './file-system.ts'
import type { Job } from './job.ts'
import { migrate } from './migrate.ts'
import { runBatch, runChangesAtOnce } from './run-batch.ts'
import { schedulerMigrations } from './schema.ts'
import {
  type CompleteJobOptions,
  completeAllSteps,
  completeSteps,
  completeUnneededSteps,
} from './settle-job.ts'
import { openSqlite, toPath } from './sqlite.ts'
import { toStoreError } from './sqlite-error.ts'
import { runSteps, runStepsAtOnce, type Steps } from './steps.ts'
import type { OpenStoreOptions, Store, StoreWatch, Work } from './store.ts'
import type { SchedulerTables, Tx } from './tables.ts'
import { Turnstile } from './turnstile.ts'
import { Wake, watchFile } from './watch-file.ts'

/** Opens, creates and migrates a SQLite file; see `openStore`. */
export async function openSqliteStore<Extra>(options: OpenStoreOptions): Promise<Store<Extra>> {
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
    checkIntegrity(writer, options.checkMaxBytes ?? checkMaxBytes)
    const sets = [schedulerMigrations, ...(options.migrations ?? [])]
    await migrate(writer, { sets, now: clock, waitMs: settings.busyTimeoutMs })
    const reader = path === ':memory:' ? writer : await openSqlite({ ...settings, readonly: true })
    return new SqliteStore<Extra>({ writer, reader, clock, waitMs: settings.busyTimeoutMs })
  } catch (error) {
    writer.close()
    throw error
  }
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

const checkMaxBytes = 8 * 1024 * 1024

/** @throws StoreError `CORRUPT`, before anything is written */
function checkIntegrity(database: PreparedDatabase, maxBytes: number): void {
  if (
    database.path === ':memory:' ||
    (statSync(database.path, { throwIfNoEntry: false })?.size ?? 0) > maxBytes
  )
    return
  const problem = readProblem(database)
  if (problem !== 'ok') throw damaged(database.path, problem)
}

function readProblem(database: PreparedDatabase): string {
  try {
    return String(database.raw.pragma('quick_check(1)', { simple: true }))
  } catch (error) {
    const failure = toStoreError(error, database.path)
    // Another process may hold the lock of a file that it makes just now.
    if (isStoreError(failure, 'BUSY')) return 'ok'
    if (isStoreError(failure, 'CORRUPT') && error instanceof Error) return error.message
    throw failure
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
  readonly #wake: Wake
  readonly #turnstile = new Turnstile()
  readonly #readTurnstile: Turnstile
  readonly #underWay = new Set<Promise<unknown>>()
  readonly #watches = new Set<StoreWatch>()
  #closing: Promise<void> | undefined

  constructor({ writer, reader, clock, waitMs }: Parts) {
    this.#writer = writer
    this.#reader = reader
    this.#wake = new Wake(writer.path)
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
      const result = await work
      this.#wake.touch()
      return result
    } finally {
      this.#underWay.delete(work)
    }
  }

  async batch(fns: readonly Work<Extra>[]): Promise<readonly PromiseSettledResult<unknown>[]> {
    if (fns.length === 0) return []
    const changes = fns.filter((fn) => fn instanceof Change)
    const results = changes.length < fns.length ? undefined : this.#atOnce(() => this.#changeAtOnce(changes))
    if (results === undefined) return await this.transaction((tx) => runBatch(tx, fns))
    this.#wake.touch()
    return results
  }

  async claim(options: ClaimJobsOptions): Promise<readonly Job[]> {
    // A job that was taken makes nothing due, so nobody is woken; and one statement is a transaction by itself.
    const jobs = this.#atOnce(() => this.#runAtOnce(claimSteps(options)))
    return jobs ?? (await this.transaction((tx) => runSteps(tx, claimSteps(options))))
  }

  async complete(options: CompleteJobOptions): Promise<void> {
    const isDone = this.#atOnce(() => this.#runAtOnce(completeUnneededSteps(options)))
    if (isDone === true) this.#wake.touch()
    else await this.#settle(() => completeSteps(options))
  }

  async completeAll(jobs: readonly CompleteJobOptions[]): Promise<readonly string[]> {
    return await this.#settle(() => completeAllSteps(jobs, true))
  }

  async #settle<T>(steps: () => Steps<T>): Promise<T> {
    const done = this.#atOnce(() => ({
      value: this.#writer.inTransaction(() => this.#runAtOnce(steps())),
    }))
    if (done === undefined) return await this.transaction((tx) => runSteps(tx, steps()))
    this.#wake.touch()
    return done.value
  }

  /** What `work` gives, or `undefined` when somebody else is writing: then nothing was done, and a place in the queue is to be taken. */
  #atOnce<T>(work: () => T): T | undefined {
    if (this.#closing !== undefined) throw closed(this.#writer.path)
    if (!this.#turnstile.isFree) return undefined
    try {
      return work()
    } catch (error) {
      if (isStoreError(error, 'BUSY')) return undefined
      throw error
    }
  }

  #changeAtOnce(changes: readonly Change<unknown>[]): readonly PromiseSettledResult<unknown>[] {
    return this.#writer.inTransaction(() =>
      runChangesAtOnce(changes, {
        command: (text) => this.#writer.command(text),
        run: (steps) => this.#runAtOnce(steps),
        isOpen: () => this.#writer.raw.inTransaction,
      }),
    )
  }

  #runAtOnce<T>(steps: Steps<T>): T {
    const answer = (query: CompiledQuery): QueryResult<unknown> => this.#writer.answer(query)
    return runStepsAtOnce(steps, { runner: this.#writes, answer })
  }

  async watch(onChange: () => void): Promise<StoreWatch> {
    if (this.#closing !== undefined) throw closed(this.#writer.path)
    const watch = watchFile(this.#writer, onChange)
    this.#watches.add(watch)
    return watch
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    for (const watch of this.#watches) await watch.close()
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
