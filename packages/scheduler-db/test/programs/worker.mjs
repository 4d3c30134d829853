// One process of the tests: `node worker.mjs <verb> <url> [argument]`, speaking JSON lines on stdout.
import { rmSync, writeFileSync, writeSync } from 'node:fs'
import { enqueueJob, findJob, fireDueSchedules, listJobs, openStore, processOwner } from '../../dist/index.js'
import { extraMigrations } from './extra-migrations.mjs'

const [verb, url, argument] = process.argv.slice(2)
const say = (line) => writeSync(1, `${JSON.stringify(line)}\n`)

const verbs = {
  async open() {
    const store = await openStore({ url, migrations: argument === 'extra' ? [extraMigrations] : [] })
    await store.close()
    say({ ok: true })
  },

  /** Enqueues and completes for ever, saying what is durable; it is killed. */
  async write() {
    const store = await openStore({ url, ...(argument === undefined ? {} : { durability: argument }) })
    for (let count = 0; ; count += 1) {
      const now = Date.now()
      const job = { queue: 'q', kind: 'k', payload: { count } }
      const { id } = await store.transaction((tx) => enqueueJob(tx, job, { now }))
      say({ enqueued: id })
      const [claimed] = await store.claim({
        queue: 'q',
        kinds: ['k'],
        owner: processOwner(),
        leaseMs: 60_000,
        limit: 1,
        now,
      })
      if (count % 3 === 0) continue
      await store.complete({ id: claimed.id, token: claimed.token, now })
      say({ completed: claimed.id })
    }
  },

  /** Claims one by one until nothing is left. */
  async claim() {
    const store = await openStore({ url, busyTimeoutMs: 60_000 })
    const owner = processOwner()
    for (;;) {
      const now = Date.now()
      const [job] = await store.claim({ queue: 'q', kinds: ['k'], owner, leaseMs: 60_000, limit: 1, now })
      if (job === undefined) break
      say({ claimed: job.id })
      await store.complete({ id: job.id, token: job.token, now })
    }
    await store.close()
  },

  async fire() {
    const store = await openStore({ url })
    for (let slot = 1; slot <= 20; slot += 1) {
      const now = slot * 1000
      for (const { slotAt } of await store.transaction((tx) => fireDueSchedules(tx, { now }))) say({ slotAt })
    }
    await store.close()
  },

  /** Fills a small disk, then makes room again. */
  async fill() {
    const ballast = `${argument}/ballast`
    writeFileSync(ballast, Buffer.alloc(400_000))
    const store = await openStore({ url })
    const put = (text) =>
      store.transaction((tx) => enqueueJob(tx, { queue: 'q', kind: 'k', payload: text }, { now: 1 }))
    const first = await put('first')
    let acknowledged = 1
    let failure
    while (failure === undefined && acknowledged < 10_000) {
      try {
        await put('x'.repeat(20_000))
        acknowledged += 1
      } catch (error) {
        failure = { name: error.name, code: error.code, hint: error.hint }
      }
    }
    const [alone, other] = await store
      .batch([() => put0(), (tx) => findJob(tx, first.id)])
      .catch((error) => [error])
    const kept = (await listJobs(store.db, { limit: 20_000 })).length
    rmSync(ballast)
    await put('room again')
    await store.close()
    const again = await openStore({ url })
    const after = (await listJobs(again.db, { limit: 20_000 })).length
    await again.close()
    say({ failure, acknowledged, kept, after, alone: String(alone?.status), other: String(other?.status) })
    function put0() {
      return Promise.reject(new Error('no'))
    }
  },
}

try {
  await verbs[verb]()
} catch (error) {
  say({ name: error.name, code: error.code, message: error.message, hint: error.hint })
  process.exitCode = 1
}
