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

test('a read outside sees nothing of a transaction that is not committed, and does not wait for it', async () => {
  let seen: readonly unknown[] | undefined
  await store.transaction(async (tx) => {
    await put(tx, 'half made')
    seen = await payloads()
  })
  expect(seen).toEqual([])
  expect(await payloads()).toEqual(['half made'])
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

test('a transaction inside a transaction is refused, and the outer one is undone', async () => {
  const outer = store.transaction(async (tx) => {
    await put(tx, 'outer')
    await store.transaction((inner) => put(inner, 'inner'))
  })
  await expect(outer).rejects.toMatchObject({ code: 'NESTED_TRANSACTION' })
  expect(await payloads()).toEqual([])
  await store.transaction((tx) => put(tx, 'next'))
  expect(await payloads()).toEqual(['next'])
})

test('a write outside a transaction is refused', async () => {
  await expect(put2(store)).rejects.toMatchObject({ code: 'READ_ONLY' })
})

test('a transaction that was kept past its end does nothing', async () => {
  const kept = await store.transaction(async (tx) => [tx])
  const late = kept[0]
  if (late === undefined) throw new Error('no transaction')
  await expect(put(late, 'late')).rejects.toThrow()
  expect(await payloads()).toEqual([])
})

test('a batch is one commit in which one that fails is undone alone', async () => {
  const results = await store.batch([
    (tx) => put(tx, 'a'),
    async (tx) => {
      await put(tx, 'undone')
      throw new Error('no')
    },
    async (tx) => [await put(tx, 'c'), (await listJobs(tx)).map((job) => job.payload)],
  ])
  expect(results).toMatchObject([
    { status: 'fulfilled' },
    { status: 'rejected', reason: { message: 'no' } },
    { status: 'fulfilled', value: [{}, ['c', 'a']] },
  ])
  expect(await payloads()).toEqual(['c', 'a'])
  expect(await store.batch([])).toEqual([])
})

test('a rule that a row breaks fails with its code, and only its own work of a batch', async () => {
  const lease = { name: 'n', owner: 'o', token: 1, until: 1 }
  const results = await store.batch([
    (tx) => tx.insertInto('lease').values(lease).execute(),
    (tx) => tx.insertInto('lease').values(lease).execute(),
    (tx) => put(tx, 'stands'),
  ])
  expect(results.map((result) => (result.status === 'rejected' ? result.reason.code : 'ok'))).toEqual([
    'ok',
    'CONSTRAINT',
    'ok',
  ])
})

test('a state that does not exist, and a text where a number belongs, are refused by the tables themselves', async () => {
  await store.transaction((tx) => put(tx, 'x'))
  const set = (assignment: string): Promise<unknown> =>
    store.transaction((tx) => sql.raw(`UPDATE job SET ${assignment}`).execute(tx))
  await expect(set("state = 'processing'")).rejects.toMatchObject({ code: 'CONSTRAINT' })
  await expect(set("due_at = 'soon'")).rejects.toMatchObject({ code: 'CONSTRAINT' })
  await expect(set("state = 'running'")).rejects.toMatchObject({ code: 'CONSTRAINT' })
})

test('closing waits for what is under way, refuses what is new, and may be done twice', async () => {
  const { store: own, url } = await temporary()
  const under = own.transaction(async (tx) => {
    await turn()
    return await put(tx, 'under way')
  })
  const closing = own.close()
  await expect(own.transaction((tx) => put(tx, 'new'))).rejects.toMatchObject({ code: 'CLOSED' })
  const { id } = await under
  await closing
  await own.close()
  await expect(listJobs(own.db)).rejects.toMatchObject({ code: 'CLOSED' })
  const again = await openStore({ url })
  expect((await findJob(again.db, id))?.payload).toBe('under way')
  await again.close()
})

const temporary = async (): Promise<{ store: Store; url: string }> => ({
  store: await openStore({ url: home.url }),
  url: home.url,
})

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

test('the clock of the store is the one it was given, and an aborted opening opens nothing', async () => {
  const own = await openStore({ url: ':memory:', clock: () => 42 })
  expect(own.now()).toBe(42)
  await own.close()
  const signal = AbortSignal.abort(new Error('stop'))
  await expect(openStore({ url: home.url, signal })).rejects.toThrow('stop')
})
