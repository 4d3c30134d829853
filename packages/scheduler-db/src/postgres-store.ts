import { setTimeout as sleep } from 'node:timers/promises'
import { Kysely } from 'kysely'
import { type ClaimJobsOptions, claimJobs } from './claim-jobs.ts'
import { StoreError } from './errors.ts'
import type { StoreReport } from './inspect-store.ts'
import type { Job } from './job.ts'
import type { MigrationSet } from './pending-migrations.ts'
import { connectionConfig, type OpenPoolOptions, openPools, type Pools, withoutPassword } from './postgres.ts'
import { postgresDialect } from './postgres-dialect.ts'
import { fromPostgresError, isWorthRepeating } from './postgres-error.ts'
import { migratePostgres, pendingInPostgres } from './postgres-migrate.ts'
import { watchPostgres } from './postgres-watch.ts'
import { runBatch } from './run-batch.ts'
import { schedulerMigrations } from './schema.ts'
import { ServerClock } from './server-clock.ts'
import { type CompleteJobOptions, completeJob, completeJobs } from './settle-job.ts'
import type { OpenStoreOptions, Store, StoreWatch, Work } from './store.ts'
import type { SchedulerTables, Tx } from './tables.ts'
import { Visits } from './visits.ts'

/** How often a transaction that collides with others is tried. */
const triesMax = 10

/** Opens and migrates a PostgreSQL database; see `openStore`. */
export async function openPostgresStore<Extra>(options: OpenStoreOptions): Promise<Store<Extra>> {
  const database = withoutPassword(options.url)
  const pool: OpenPoolOptions = {
    url: options.url,
    durability: options.durability ?? 'full',
    waitMs: options.busyTimeoutMs ?? 10_000,
  }
  const pools = openPools(pool)
  try {
    const clock = await ServerClock.open(() => askClock(pools))
    const now = options.clock ?? (() => clock.now())
    const sets = [schedulerMigrations, ...(options.migrations ?? [])]
    await migratePostgres({ pool: pools.writer, database, sets, now })
    return new PostgresStore<Extra>({ pools, pool, database, clock, now })
  } catch (error) {
    await endPools(pools)
    throw fromPostgresError(error, database)
  }
}

/** See `inspectStore`. */
export async function inspectPostgres(url: string, sets: readonly MigrationSet[]): Promise<StoreReport> {
  const database = withoutPassword(url)
  const pools = openPools({ url, durability: 'full', waitMs: 10_000 })
  try {
    const pending = await pendingInPostgres({ pool: pools.reader, database, sets })
    const names = pending.map(({ package: of, migration }) => `${of}/${migration.name}`)
    return { database, isThere: true, bytes: null, isChecked: false, pending: names }
  } catch (error) {
    throw fromPostgresError(error, database)
  } finally {
    await endPools(pools)
  }
}

async function askClock({ reader }: Pools): Promise<number> {
  const text = 'SELECT (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS now'
  return (await reader.query<{ now: number }>(text)).rows[0]?.now ?? Number.NaN
}

async function endPools({ writer, reader }: Pools): Promise<void> {
  await Promise.all([writer.end(), reader.end()])
}

interface Parts {
  readonly pools: Pools
  readonly pool: OpenPoolOptions
  readonly database: string
  readonly clock: ServerClock
  readonly now: () => number
}

class PostgresStore<Extra> implements Store<Extra> {
  readonly db: Kysely<SchedulerTables & Extra>
  readonly now: () => number
  readonly #writes: Kysely<SchedulerTables & Extra>
  readonly #parts: Parts
  readonly #visits = new Visits()
  readonly #underWay = new Set<Promise<unknown>>()
  readonly #watches = new Set<StoreWatch>()
  #closing: Promise<void> | undefined

  constructor(parts: Parts) {
    const { pools, database, now } = parts
    this.#parts = parts
    this.now = now
    this.#writes = new Kysely({ dialect: postgresDialect({ pool: pools.writer, database }) })
    const check = (): void => this.#check()
    this.db = new Kysely({ dialect: postgresDialect({ pool: pools.reader, database, check }) })
  }

  transaction<T>(fn: (tx: Tx<Extra>) => Promise<T>): Promise<T> {
    return this.#track(() => this.#repeat(() => this.#once(fn)))
  }

  async batch(fns: readonly Work<Extra>[]): Promise<readonly PromiseSettledResult<unknown>[]> {
    if (fns.length === 0) return []
    return await this.transaction((tx) => runBatch(tx, fns, isWorthRepeating))
  }

  claim(options: ClaimJobsOptions): Promise<readonly Job[]> {
    // One statement is a transaction by itself, without two more ways to the server.
    return this.#track(() => this.#repeat(() => claimJobs(this.#writes, options)))
  }

  complete(options: CompleteJobOptions): Promise<void> {
    return this.transaction((tx) => completeJob(tx, options))
  }

  completeAll(jobs: readonly CompleteJobOptions[]): Promise<readonly string[]> {
    return this.transaction((tx) => completeJobs(tx, jobs))
  }

  async watch(onChange: () => void): Promise<StoreWatch> {
    this.#check()
    const { pool, database } = this.#parts
    try {
      const watch = await watchPostgres({ config: connectionConfig(pool), onChange })
      this.#watches.add(watch)
      return watch
    } catch (error) {
      throw fromPostgresError(error, database)
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #close(): Promise<void> {
    await Promise.all([...this.#watches].map((watch) => watch.close()))
    await Promise.allSettled(this.#underWay)
    await endPools(this.#parts.pools)
  }

  #check(): void {
    if (this.#closing === undefined) return
    const { database } = this.#parts
    throw new StoreError('CLOSED', `the store is closed: ${database}`, { details: { database } })
  }

  async #track<T>(start: () => Promise<T>): Promise<T> {
    this.#check()
    if (this.#visits.isInside) {
      throw new StoreError(
        'NESTED_TRANSACTION',
        'tried to begin a transaction inside one of the same store',
        {
          hint: 'use the transaction that the function received',
        },
      )
    }
    const work = start()
    this.#underWay.add(work)
    try {
      return await work
    } finally {
      this.#underWay.delete(work)
    }
  }

  async #repeat<T>(work: () => Promise<T>): Promise<T> {
    const { clock } = this.#parts
    for (let tries = 1; ; tries += 1) {
      try {
        if (clock.isDoubtful) await clock.refresh()
        return await work()
      } catch (error) {
        if (tries >= triesMax || !isWorthRepeating(error))
          throw fromPostgresError(error, this.#parts.database)
        await sleep(Math.random() * 2 ** tries)
      }
    }
  }

  #once<T>(fn: (tx: Tx<Extra>) => Promise<T>): Promise<T> {
    return this.#visits.run(() => this.#writes.transaction().execute(fn))
  }
}
