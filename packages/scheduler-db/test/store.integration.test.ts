import { sql } from 'kysely'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { enqueueJob, findJob, listJobs, type NoTables, openStore, type Store, type Tx } from '../src/index.ts'
import { type TemporaryStore, temporaryStore } from '../src/testing.ts'

let home: TemporaryStore<NoTables>
let store: Store
beforeEach(async () => {
  home = await temporaryStore()
  store = home.store
})
afterEach(async () => {
  await home[Symbol.asyncDispose]()
})

const put = (tx: Tx, payload: string): Promise<{ id: string }> =>
  enqueueJob(tx, { queue: 'q', kind: 'k', payload }, { now: 1 })
const payloads = async (): Promise<readonly unknown[]> => (await listJobs(store.db)).map((job) => job.payload)
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

test('each commit is on the disk: write-ahead log, full synchronisation, foreign keys', async () => {
  const read = async (name: string): Promise<unknown> =>
    await store.transaction(
      async (tx) => Object.values((await sql<object>`pragma ${sql.raw(name)}`.execute(tx)).rows[0] ?? {})[0],
    )
  expect([await read('journal_mode'), await read('synchronous'), await read('foreign_keys')]).toEqual([
    'wal',
    2,
    1,
  ])
})

test('`fast` gives up the synchronisation of each commit, and nothing else does', async () => {
  const fast = await openStore({ url: home.url, durability: 'fast' })
  const level = await fast.transaction(async (tx) => (await sql`pragma synchronous`.execute(tx)).rows)
  expect(level).toEqual([{ synchronous: 1 }])
  await fast.close()
})

test('transactions that are asked for at once run one after another', async () => {
  const log: string[] = []
  const work = (name: string): Promise<void> =>
    store.transaction(async (tx) => {
      log.push(`${name} begins`)
      await put(tx, name)
      await turn()
      log.push(`${name} ends`)
    })
  await Promise.all([work('a'), work('b'), work('c')])
  expect(log).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends'])
})

test('in memory, where there is one connection, a read inside a transaction is refused instead of waiting for ever', async () => {
  const memory = await openStore({ url: ':memory:' })
  const inside = memory.transaction(() => listJobs(memory.db))
  await expect(inside).rejects.toMatchObject({ code: 'NESTED_TRANSACTION' })
  const { id } = await memory.transaction((tx) => put(tx, 'x'))
  expect((await findJob(memory.db, id))?.payload).toBe('x')
  await expect(put2(memory)).rejects.toMatchObject({ code: 'READ_ONLY' })
  await memory.close()
})

const put2 = (memory: Store): Promise<unknown> =>
  memory.db.insertInto('lease').values({ name: 'n', owner: 'o', token: 1, until: 1 }).execute()

test('two stores of one thread wait for each other instead of failing', async () => {
  const other = await openStore({ url: home.url })
  const slow = (each: Store, name: string): Promise<void> =>
    each.transaction(async (tx) => {
      await put(tx, name)
      for (let count = 0; count < 20; count += 1) await turn()
    })
  await Promise.all([slow(store, 'a'), slow(other, 'b'), slow(store, 'c'), slow(other, 'd')])
  expect((await payloads()).toSorted()).toEqual(['a', 'b', 'c', 'd'])
  await other.close()
})

test('a lock that is held for longer than the limit fails with BUSY', async () => {
  const impatient = await openStore({ url: home.url, busyTimeoutMs: 30 })
  let release = (): void => undefined
  const held = new Promise<void>((resolve) => {
    release = resolve
  })
  const holding = store.transaction(() => held)
  await expect(impatient.transaction((tx) => put(tx, 'x'))).rejects.toMatchObject({ code: 'BUSY' })
  release()
  await holding
  await impatient.close()
})
