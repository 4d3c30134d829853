import { sql } from 'kysely'
import { expect, test } from 'vitest'
import {
  appendEvent,
  claimJobs,
  completeJob,
  enqueueJob,
  findJob,
  listJobs,
  openStore,
  readEvents,
  type Store,
  type Tx,
} from '../src/index.ts'
import { freshStore, type OpenTemporaryStore } from './fresh-store.ts'
import { until } from './processes.ts'

export function storeContract(open: OpenTemporaryStore): void {
  const fresh = freshStore(open)

  const put = (tx: Tx, payload: string): Promise<{ id: string }> =>
    enqueueJob(tx, { queue: 'q', kind: 'k', payload }, { now: 1 })
  const payloads = async (): Promise<readonly unknown[]> =>
    (await listJobs(fresh.store.db)).map((job) => job.payload)
  const lease = { name: 'n', owner: 'o', token: 1, until: 1 }

  test('what a transaction did stands when it resolves, and nothing of it when it rejects', async () => {
    await fresh.store.transaction((tx) => put(tx, 'kept'))
    const failed = fresh.store.transaction(async (tx) => {
      await put(tx, 'undone')
      throw new Error('no')
    })
    await expect(failed).rejects.toThrow('no')
    expect(await payloads()).toEqual(['kept'])
  })

  test('a read outside sees nothing of a transaction that is not committed, and does not wait for it', async () => {
    let seen: readonly unknown[] | undefined
    await fresh.store.transaction(async (tx) => {
      await put(tx, 'half made')
      seen = await payloads()
    })
    expect([seen, await payloads()]).toEqual([[], ['half made']])
  })

  test('a transaction inside a transaction is refused, and the outer one is undone', async () => {
    const outer = fresh.store.transaction(async (tx) => {
      await put(tx, 'outer')
      await fresh.store.transaction((inner) => put(inner, 'inner'))
    })
    await expect(outer).rejects.toMatchObject({ code: 'NESTED_TRANSACTION' })
    expect(await payloads()).toEqual([])
    await fresh.store.transaction((tx) => put(tx, 'next'))
    expect(await payloads()).toEqual(['next'])
  })

  test('a write outside a transaction is refused', async () => {
    await expect(fresh.store.db.insertInto('lease').values(lease).execute()).rejects.toMatchObject({
      code: 'READ_ONLY',
    })
  })

  test('a transaction that was kept past its end does nothing', async () => {
    const [late] = await fresh.store.transaction(async (tx) => [tx])
    if (late === undefined) throw new Error('no transaction')
    await expect(put(late, 'late')).rejects.toThrow()
    expect(await payloads()).toEqual([])
  })

  test('a batch is one commit in which one that fails is undone alone', async () => {
    const results = await fresh.store.batch([
      (tx) => put(tx, 'a'),
      async (tx) => {
        await put(tx, 'undone')
        throw new Error('no')
      },
      (tx) => tx.insertInto('lease').values(lease).execute(),
      (tx) => tx.insertInto('lease').values(lease).execute(),
      async (tx) => [await put(tx, 'c'), (await listJobs(tx)).map((job) => job.payload)],
    ])
    expect(results).toMatchObject([
      { status: 'fulfilled' },
      { status: 'rejected', reason: { message: 'no' } },
      { status: 'fulfilled' },
      { status: 'rejected', reason: { code: 'CONSTRAINT' } },
      { status: 'fulfilled', value: [{}, ['c', 'a']] },
    ])
    expect(await payloads()).toEqual(['c', 'a'])
    expect(await fresh.store.batch([])).toEqual([])
  })

  test('a state that does not exist, and a text where a number belongs, are refused by the tables themselves', async () => {
    await fresh.store.transaction((tx) => put(tx, 'x'))
    const set = (assignment: string): Promise<unknown> =>
      fresh.store.transaction((tx) => sql.raw(`UPDATE job SET ${assignment}`).execute(tx))
    await expect(set("state = 'processing'")).rejects.toMatchObject({ code: 'CONSTRAINT' })
    await expect(set("due_at = 'soon'")).rejects.toMatchObject({ code: 'CONSTRAINT' })
    await expect(set("state = 'running'")).rejects.toMatchObject({ code: 'CONSTRAINT' })
  })

  test('closing waits for what is under way, refuses what is new, and may be done twice', async () => {
    const own = await openStore({ url: fresh.url })
    let go = (): void => undefined
    const gate = new Promise<void>((resolve) => {
      go = resolve
    })
    const under = own.transaction(async (tx) => {
      await gate
      return await put(tx, 'under way')
    })
    const closing = own.close()
    await expect(own.transaction((tx) => put(tx, 'new'))).rejects.toMatchObject({ code: 'CLOSED' })
    go()
    const { id } = await under
    await closing
    await own.close()
    await expect(listJobs(own.db)).rejects.toMatchObject({ code: 'CLOSED' })
    expect((await findJob(fresh.store.db, id))?.payload).toBe('under way')
  })

  test('eight stores that open an empty database at once make its tables once', async () => {
    const fresh = await open()
    await fresh.store.close()
    const stores = await Promise.all(Array.from({ length: 8 }, () => openStore({ url: fresh.url })))
    const names = await stores[0]?.db.selectFrom('migration').select('name').execute()
    expect(names).toEqual([{ name: '0001-first-schema' }])
    await Promise.all(stores.map((each) => each.close()))
    await fresh[Symbol.asyncDispose]()
  })

  test('a database of a newer program, or of another one, is refused in words', async () => {
    await fresh.store.transaction((tx) =>
      tx.insertInto('migration').values({ package: 'scheduler-db', name: '9999-later', at: 1 }).execute(),
    )
    await expect(openStore({ url: fresh.url })).rejects.toMatchObject({
      code: 'NEWER_DATABASE',
      message: expect.stringContaining('scheduler-db/9999-later'),
    })
    await fresh.store.transaction((tx) => sql`ALTER TABLE migration RENAME TO something`.execute(tx))
    await expect(openStore({ url: fresh.url })).rejects.toMatchObject({ code: 'FOREIGN_DATABASE' })
  })

  test('a migration that fails changes nothing, and is made good by one that works', async () => {
    const set = (text: string): { package: string; migrations: object[] } => ({
      package: 'extra',
      migrations: [
        {
          name: '0001',
          up: async (db: Tx) => {
            await sql.raw('CREATE TABLE extra (id INTEGER PRIMARY KEY) STRICT').execute(db)
            await sql.raw(text).execute(db)
          },
        },
      ],
    })
    const opened = (text: string): Promise<Store> =>
      openStore({ url: fresh.url, migrations: [set(text) as never] })
    await expect(opened('SELECT nonsense')).rejects.toMatchObject({ code: 'MIGRATION_FAILED' })
    const good = await opened('SELECT 1')
    expect(await good.db.selectFrom('migration').select('package').execute()).toContainEqual({
      package: 'extra',
    })
    await good.close()
  })

  test('two stores that claim at the same time never get the same job, and all jobs are done', async () => {
    const other = await openStore({ url: fresh.url })
    await fresh.store.batch(Array.from({ length: 60 }, (_, index) => (tx: Tx) => put(tx, String(index))))
    const seen: string[] = []
    const drain = async (each: Store, owner: string): Promise<void> => {
      for (;;) {
        const options = { queue: 'q', kinds: ['k'], owner, leaseMs: 60_000, limit: 3, now: 2 }
        const jobs = await each.transaction((tx) => claimJobs(tx, options))
        if (jobs.length === 0) return
        for (const { id, token } of jobs) {
          await each.transaction((tx) => completeJob(tx, { id, token, now: 3 }))
          seen.push(id)
        }
      }
    }
    await Promise.all([
      drain(fresh.store, 'a'),
      drain(other, 'b'),
      drain(fresh.store, 'c'),
      drain(other, 'd'),
    ])
    expect([seen.length, new Set(seen).size]).toEqual([60, 60])
    await other.close()
  })

  test('of jobs with one concurrency key never two run, however many claim at once', async () => {
    const other = await openStore({ url: fresh.url })
    for (let count = 0; count < 12; count += 1) {
      await fresh.store.transaction((tx) =>
        enqueueJob(tx, { queue: 'q', kind: 'k', payload: count, concurrencyKey: 'one' }, { now: 1 }),
      )
    }
    let running = 0
    let most = 0
    let done = 0
    const drain = async (each: Store): Promise<void> => {
      while (done < 12) {
        const options = { queue: 'q', kinds: ['k'], owner: 'o', leaseMs: 60_000, limit: 5, now: 2 }
        const jobs = await each.transaction((tx) => claimJobs(tx, options))
        running += jobs.length
        // A thread with two stores must give the other one's timers their turn.
        await new Promise(setImmediate)
        most = Math.max(most, running)
        for (const { id, token } of jobs) {
          running -= 1
          await each.transaction((tx) => completeJob(tx, { id, token, now: 3 }))
          done += 1
        }
      }
    }
    await Promise.all([drain(fresh.store), drain(other), drain(fresh.store), drain(other)])
    expect([most, done]).toEqual([1, 12])
    await other.close()
  })

  test('many who enqueue the same dedupe key at once make one job', async () => {
    const other = await openStore({ url: fresh.url })
    const enqueue = (each: Store): Promise<{ id: string; created: boolean }> =>
      each.transaction((tx) =>
        enqueueJob(tx, { queue: 'q', kind: 'k', payload: null, dedupeKey: 'd' }, { now: 1 }),
      )
    const results = await Promise.all(
      Array.from({ length: 10 }, (_, i) => enqueue(i % 2 ? fresh.store : other)),
    )
    expect(new Set(results.map(({ id }) => id)).size).toBe(1)
    expect(results.filter(({ created }) => created)).toHaveLength(1)
    await other.close()
  })

  test('a job that needs another one is let go, although that one is completed while it is enqueued', async () => {
    const other = await openStore({ url: fresh.url })
    for (let round = 0; round < 10; round += 1) {
      const { id: needed } = await fresh.store.transaction((tx) => put(tx, `needed ${round}`))
      const options = { queue: 'q', kinds: ['k'], owner: 'o', leaseMs: 60_000, limit: 1, now: 2 }
      const [job] = await fresh.store.transaction((tx) => claimJobs(tx, options))
      const [dependent] = await Promise.all([
        other.transaction((tx) =>
          enqueueJob(tx, { queue: 'later', kind: 'k', payload: null, needs: [needed] }, { now: 2 }),
        ),
        fresh.store.transaction((tx) => completeJob(tx, { id: needed, token: job?.token ?? 0, now: 3 })),
      ])
      expect((await findJob(fresh.store.db, dependent.id))?.state).toBe('ready')
    }
    await other.close()
  })

  test('a reader of events that goes on after its last number misses none, however commits overlap', async () => {
    const other = await openStore({ url: fresh.url })
    const total = 120
    const append = async (each: Store, name: string): Promise<void> => {
      for (let count = 0; count < total / 4; count += 1) {
        await each.transaction(async (tx) => {
          await appendEvent(tx, { stream: 's', kind: 'a:b', subject: `${name}${count}` }, { now: 1 })
          for (let turn = 0; turn < Math.random() * 6; turn += 1) await new Promise(setImmediate)
        })
      }
    }
    const seen: string[] = []
    let after = 0
    const read = async (): Promise<void> => {
      await new Promise(setImmediate)
      const limit = { after, limit: 7, ...(after % 2 === 0 ? {} : { stream: 's' }) }
      for (const event of await readEvents(fresh.store.db, limit)) {
        seen.push(event.subject ?? '')
        after = event.seq
      }
    }
    let isOver = false
    const reading = (async () => {
      while (!isOver) await read()
      while (seen.length < total) await read()
    })()
    await Promise.all(['a', 'b', 'c', 'd'].map((name, i) => append(i % 2 ? fresh.store : other, name)))
    isOver = true
    await reading
    expect([seen.length, new Set(seen).size]).toEqual([total, total])
    await other.close()
  })

  test('a reader does not pass an event of a transaction that is still open', async () => {
    const other = await openStore({ url: fresh.url })
    const append = (tx: Tx, subject: string): Promise<number> =>
      appendEvent(tx, { stream: 's', kind: 'a:b', subject }, { now: 1 })
    const read = async (): Promise<(string | undefined)[]> =>
      (await readEvents(fresh.store.db, { after: 0 })).map(({ subject }) => subject)
    let second: Promise<number> | undefined
    await fresh.store.transaction(async (tx) => {
      await append(tx, 'first')
      second = other.transaction((theirs) => append(theirs, 'second'))
      // On PostgreSQL it commits beside this one; on SQLite it waits for it.
      await Promise.race([second, new Promise((resolve) => setTimeout(resolve, 100))])
      expect(await read()).toEqual([])
    })
    await second
    expect(await read()).toEqual(['first', 'second'])
    await other.close()
  })

  test('a watch tells of what another store commits', async () => {
    const other = await openStore({ url: fresh.url })
    let calls = 0
    const watch = await fresh.store.watch(() => {
      calls += 1
    })
    await other.transaction((tx) => put(tx, 'x'))
    await until(() => calls > 0)
    await watch.close()
    await other.close()
  })

  test('the clock is the one that was given, and an aborted opening opens nothing', async () => {
    const own = await openStore({ url: fresh.url, clock: () => 42 })
    expect(own.now()).toBe(42)
    await own.close()
    expect(Math.abs(fresh.store.now() - Date.now())).toBeLessThan(5_000)
    const signal = AbortSignal.abort(new Error('stop'))
    await expect(openStore({ url: fresh.url, signal })).rejects.toThrow('stop')
  })
}
