import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { better, defineQueue } from 'plainjob'
import { openStore } from '../dist/index.js'
import { claimAndComplete, figure, repeat, warmUp, withFolder } from './measure.mjs'
import { fillJobs } from './postgres.mjs'
import { sqliteSql } from './shipped-sql.mjs'

const rounds = 15

/** Claim and complete, each its own commit without waiting for the disk, in jobs per second over those of the same SQL prepared raw. */
export async function claims() {
  return await withFolder(async (folder) => {
    const [ours, theirs] = [join(folder, 'api.db'), join(folder, 'raw.db')]
    const store = await openStore({ url: ours, durability: 'fast' })
    await (await openStore({ url: theirs })).close()
    for (const path of [ours, theirs]) fillJobs(new Sqlite(path), 12_000)
    const raw = rawClaims(theirs, await sqliteSql(store))
    const api = () => claimAndComplete(store)
    await warmUp()
    await repeat(300, api)
    await repeat(300, raw.claimAndComplete)
    const ratios = []
    for (let round = 0; round < rounds; round += 1) {
      const oursMs = await repeat(300, api)
      ratios.push((await repeat(300, raw.claimAndComplete)) / oursMs)
    }
    await store.close()
    raw.close()
    return [figure('claim_vs_raw', ratios, 'ratio', 0.8, (value) => value >= 0.8)]
  })
}

function rawClaims(path, { claim, completion }) {
  const raw = new Sqlite(path)
  raw.pragma('journal_mode = WAL')
  raw.pragma('synchronous = NORMAL')
  raw.pragma('foreign_keys = ON')
  const take = raw.prepare(claim.text)
  const ends = completion.map(({ text, bind }) => ({ statement: raw.prepare(text), bind }))
  const claimAndComplete = () => {
    const now = Date.now()
    const [job] = take.all(...claim.bind({ now }))
    for (const { statement, bind } of ends)
      statement.run(...bind({ now, id: job.id, token: job.lease_token }))
  }
  return { claimAndComplete, close: () => raw.close() }
}

const batch = 100
const perRound = 500

/**
 * Jobs per second of claiming and completing with equal durability (NORMAL) over those of plainjob: one by one, and a hundred in
 * one claim and one commit of their completions. All three take turns.
 */
export async function plainjob() {
  return await withFolder(async (folder) => {
    const path = join(folder, 'ours.db')
    const store = await openStore({ url: path, durability: 'fast' })
    const jobs = (rounds + 1) * perRound
    // All of one priority: plainjob knows none.
    fillJobs(new Sqlite(path), jobs * 4, 1)
    const queue = plainQueue(join(folder, 'theirs.db'), jobs)
    await warmUp()
    const ones = () => repeat(perRound, () => claimAndComplete(store))
    const many = () => repeat(perRound / batch, () => claimAndCompleteMany(store))
    const theirs = () => repeat(perRound, queue.claimAndComplete)
    for (const work of [ones, many, theirs]) await work()
    const single = []
    const batched = []
    for (let round = 0; round < rounds; round += 1) {
      const theirsMs = await theirs()
      single.push(theirsMs / (await ones()))
      batched.push(theirsMs / (await many()))
    }
    await store.close()
    queue.close()
    return [
      figure('claim_vs_plainjob', single, 'ratio', 0.8, (value) => value >= 0.8),
      figure('claim_batch_vs_plainjob', batched, 'ratio', 3, (value) => value >= 3),
    ]
  })
}

async function claimAndCompleteMany(store) {
  const now = Date.now()
  const jobs = await store.claim({
    queue: 'q',
    kinds: ['k'],
    owner: 'bench',
    leaseMs: 30_000,
    limit: batch,
    now,
  })
  if (jobs.length !== batch) throw new Error(`claimed ${jobs.length} jobs`)
  const lost = await store.completeAll(jobs.map(({ id, token }) => ({ id, token, now })))
  if (lost.length > 0) throw new Error('lost jobs that nobody else works on')
}

/** As plainjob's own worker goes about it: marks, reads what is to be done, marks as done. */
function plainQueue(path, count) {
  const database = new Sqlite(path)
  const silent = () => undefined
  const logger = { error: silent, warn: silent, info: silent, debug: silent }
  const queue = defineQueue({ connection: better(database), logger })
  database.transaction(() => {
    for (let index = 0; index < count; index += 1) queue.add('k', { a: 1 })
  })()
  const claimAndComplete = () => {
    const { id } = queue.getAndMarkJobAsProcessing('k')
    if (JSON.parse(queue.getJobById(id).data).a !== 1) throw new Error('another job')
    queue.markJobAsDone(id)
  }
  return { claimAndComplete, close: () => queue.close() }
}

/** One claim among a million jobs, half of them due later, and in turn among ten thousand: it must not matter. */
export async function claimAmongMillion() {
  return await withFolder(async (folder) => {
    const stores = []
    for (const count of [1_000_000, 10_000]) {
      const path = join(folder, `${count}.db`)
      await (await openStore({ url: path })).close()
      fillJobs(new Sqlite(path), count)
      stores.push(await openStore({ url: path, durability: 'fast' }))
    }
    await warmUp()
    const p99 = []
    const ratios = []
    for (let round = 0; round < 5; round += 1) {
      const [many, few] = [[], []]
      for (let count = 0; count < 800; count += 1) {
        many.push(await repeat(1, () => claimOne(stores[0])))
        few.push(await repeat(1, () => claimOne(stores[1])))
      }
      p99.push(at(many, 0.99))
      ratios.push(at(many, 0.5) / at(few, 0.5))
    }
    for (const store of stores) await store.close()
    return [
      figure('claim_p99_ms_1m', p99, 'ms', 1, (value) => value <= 1),
      figure('claim_1m_vs_10k', ratios, 'ratio', 1.5, (value) => value <= 1.5),
    ]
  })
}

async function claimOne(store) {
  const options = { queue: 'q', kinds: ['k'], owner: 'bench', leaseMs: 30_000, limit: 1, now: Date.now() }
  if ((await store.claim(options)).length !== 1) throw new Error('there was nothing to claim')
}

function at(values, share) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length * share)]
}
