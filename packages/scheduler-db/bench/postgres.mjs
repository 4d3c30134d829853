import pg from 'pg'
import { enqueueJob, newId, openStore } from '../dist/index.js'
import { temporaryPostgres } from '../dist/testing.js'
import { shippedSql } from './shipped-sql.mjs'

const rounds = 9
const perRound = 100
/** A daemon runs for days: what is measured is compiled code. */
const warmUpRounds = 5

/** Fills a file with jobs of so many priorities in turn, every other one due in a day, and closes it. */
export function fillJobs(raw, count, priorities = 5) {
  const insert =
    raw.prepare(`INSERT INTO job (id, queue, kind, payload, state, priority, due_at, max_attempts,
    backoff_base_ms, backoff_cap_ms, created_at) VALUES (?, 'q', 'k', '{"a":1}', ?, ?, ?, 5, 1000, 600000, ?)`)
  const now = Date.now()
  raw.pragma('synchronous = OFF')
  raw.transaction(() => {
    for (let index = 0; index < count; index += 1) {
      const isLater = index % 2 === 1
      insert.run(
        newId(now),
        isLater ? 'scheduled' : 'ready',
        index % priorities,
        isLater ? now + 86_400_000 : now,
        now,
      )
    }
  })()
  raw.close()
}

/** Claim and complete on PostgreSQL in jobs per second over those of the same SQL, named and prepared, by the driver alone. */
export async function postgresClaims() {
  const server = await temporaryPostgres({ fsync: true })
  try {
    return await measure(await server.createSchema())
  } finally {
    await server[Symbol.asyncDispose]()
  }
}

async function measure(url) {
  const store = await openStore({ url })
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const jobs = (rounds + warmUpRounds) * perRound * 2
  const put = (tx) => enqueueJob(tx, { queue: 'q', kind: 'k', payload: { a: 1 } }, { now: 1 })
  await store.batch(Array.from({ length: jobs }, () => put))
  const ours = async () => {
    const now = Date.now()
    const options = { queue: 'q', kinds: ['k'], owner: 'bench', leaseMs: 30_000, limit: 1, now }
    const [job] = await store.claim(options)
    await store.complete({ id: job.id, token: job.token, now })
  }
  const texts = await shippedSql(store)
  const theirs = () => rawClaim(client, texts)
  for (let round = 0; round < warmUpRounds; round += 1) {
    await repeat(ours)
    await repeat(theirs)
  }
  const ratios = []
  for (let round = 0; round < rounds; round += 1) {
    const oursMs = await repeat(ours)
    ratios.push((await repeat(theirs)) / oursMs)
  }
  await client.end()
  await store.close()
  const sorted = ratios.toSorted((a, b) => a - b)
  const value = Number(sorted[Math.floor(sorted.length / 2)].toPrecision(4))
  const spread = Number(((sorted.at(-1) - sorted[0]) / value).toPrecision(3))
  return [
    {
      package: 'scheduler-db',
      name: 'pg_claim_vs_raw',
      value,
      unit: 'ratio',
      target: 0.8,
      ok: value >= 0.8,
      samples: rounds,
      spread,
    },
  ]
}

/** As our store does it: durable, the claim by its one statement, the completion in a transaction. */
async function rawClaim(client, { claim, completion }) {
  const now = Date.now()
  const { rows } = await client.query({ name: 'claim', text: claim.text, values: claim.bind({ now }) })
  await client.query('BEGIN')
  for (const [index, { text, bind }] of completion.entries()) {
    const values = bind({ now, id: rows[0].id, token: rows[0].lease_token })
    await client.query({ name: `complete${index}`, text, values })
  }
  await client.query('COMMIT')
}

async function repeat(work) {
  const started = performance.now()
  for (let count = 0; count < perRound; count += 1) await work()
  return performance.now() - started
}
