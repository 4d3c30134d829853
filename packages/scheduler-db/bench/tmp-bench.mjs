// Figures of the store on this machine's disk; run after a build: `node bench/bench.mjs`, or through the root's bench.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import Sqlite from 'better-sqlite3'
import { claimJobs, completeJob, enqueueJob, newId, openStore } from '../dist/index.js'
import { fillJobs, postgresClaims } from './postgres.mjs'
import { shippedSql } from './shipped-sql.mjs'
import { wakeUp } from './wake-up.mjs'

const rounds = 15

export async function bench() {
  return [
    ...(await cycles({ durability: 'full', name: 'job_cycle_vs_raw', target: 1.5, perRound: 30 })),
    ...(await cycles({
      durability: 'fast',
      name: 'job_cycle_vs_raw_without_sync',
      target: 8,
      perRound: 200,
    })),
    ...(await groupCommit()),
    ...(await claims()),
    ...(await claimAmongMillion()),
    ...(await wakeUp()),
    ...(await postgresClaims()),
  ]
}

/** Enqueue, claim and complete, each its own commit, over the same rows by prepared statements alone; interleaved. */
async function cycles({ durability, name, target, perRound }) {
  return await withFolder(async (folder) => {
    const store = await openStore({ url: join(folder, 'api.db'), durability })
    await (await openStore({ url: join(folder, 'raw.db') })).close()
    const raw = rawCycle(join(folder, 'raw.db'), durability)
    const api = () => apiCycle(store)
    await warmUp()
    await repeat(perRound, api)
    await repeat(perRound, raw.cycle)
    const ratios = []
    const apiUs = []
    for (let round = 0; round < rounds; round += 1) {
      const ours = await repeat(perRound, api)
      const theirs = await repeat(perRound, raw.cycle)
      ratios.push(ours / theirs)
      apiUs.push((ours / perRound) * 1000)
    }
    await store.close()
    raw.close()
    return [
      figure(name, ratios, 'ratio', target, (value) => value <= target),
      figure(`${name.replace('_vs_raw', '')}_us`, apiUs, 'us', null, () => true),
    ]
  })
}

/** A daemon runs for days: what is measured is compiled code. */
async function warmUp() {
  const store = await openStore({ url: ':memory:' })
  await repeat(1_000, () => apiCycle(store))
  await store.close()
}

async function apiCycle(store) {
  const now = Date.now()
  const { id } = await store.transaction((tx) =>
    enqueueJob(tx, { queue: 'q', kind: 'k', payload: { a: 1 } }, { now }),
  )
  const [job] = await store.transaction((tx) =>
    claimJobs(tx, { queue: 'q', kinds: ['k'], owner: 'bench', leaseMs: 30_000, limit: 1, now }),
  )
  if (job?.id !== id) throw new Error('claimed another job')
  await store.transaction((tx) => completeJob(tx, { id, token: job.token, now }))
}

function rawCycle(path, durability) {
  const raw = new Sqlite(path)
  raw.pragma('journal_mode = WAL')
  raw.pragma(`synchronous = ${durability === 'full' ? 'FULL' : 'NORMAL'}`)
  raw.pragma('foreign_keys = ON')
  const insert =
    raw.prepare(`INSERT INTO job (id, queue, kind, payload, state, priority, due_at, max_attempts,
    backoff_base_ms, backoff_cap_ms, created_at) VALUES (?, 'q', 'k', '{"a":1}', 'ready', 0, ?, 5, 1000, 600000, ?)`)
  const claim =
    raw.prepare(`UPDATE job SET state = 'running', attempt = attempt + 1, lease_token = lease_token + 1,
    lease_owner = 'bench', lease_until = ?, started_at = ? WHERE seq IN (SELECT seq FROM job WHERE state = 'ready'
    AND queue = 'q' AND kind IN ('k') ORDER BY priority DESC, seq LIMIT 1) RETURNING *`)
  const complete = raw.prepare(`UPDATE job SET state = 'succeeded', finished_at = ?, lease_owner = NULL,
    lease_until = NULL WHERE id = ? AND state = 'running' AND lease_token = ?`)
  const cycle = () => {
    const now = Date.now()
    insert.run(newId(now), now, now)
    const [job] = claim.all(now + 30_000, now)
    complete.run(now, job.id, job.lease_token)
  }
  return { cycle, close: () => raw.close() }
}

/** Rows per second of one batch of 200 over one commit per row; interleaved. */
async function groupCommit() {
  return await withFolder(async (folder) => {
    const store = await openStore({ url: join(folder, 'group.db') })
    const put = (tx) => enqueueJob(tx, { queue: 'q', kind: 'k', payload: { a: 1 } }, { now: 1 })
    const single = () => store.transaction(put)
    const grouped = () => store.batch(Array.from({ length: 200 }, () => put))
    await single()
    await grouped()
    const ratios = []
    const perSecond = []
    for (let round = 0; round < rounds; round += 1) {
      const oneMs = (await repeat(20, single)) / 20
      const manyMs = (await repeat(2, grouped)) / 400
      ratios.push(oneMs / manyMs)
      perSecond.push(1000 / manyMs)
    }
    await store.close()
    return [
      figure('group_commit_vs_single', ratios, 'ratio', 5, (value) => value >= 5),
      figure('group_commit_rows', perSecond, '1/s', null, () => true),
    ]
  })
}

/** Claim and complete, each its own commit without waiting for the disk, in jobs per second over those of the same SQL prepared raw. */
export async function claims() {
  return await withFolder(async (folder) => {
    const [ours, theirs] = [join(folder, 'api.db'), join(folder, 'raw.db')]
    const store = await openStore({ url: ours, durability: 'fast' })
    await (await openStore({ url: theirs })).close()
    for (const path of [ours, theirs]) fillJobs(new Sqlite(path), 12_000)
    const raw = rawClaims(theirs, await shippedSql(store))
    const api = () => apiClaim(store)
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
    raw.transaction(() => {
      for (const { statement, bind } of ends)
        statement.run(...bind({ now, id: job.id, token: job.lease_token }))
    })()
  }
  return { claimAndComplete, close: () => raw.close() }
}

async function apiClaim(store) {
  const now = Date.now()
  const [job] = await store.claim({
    queue: 'q',
    kinds: ['k'],
    owner: 'bench',
    leaseMs: 30_000,
    limit: 1,
    now,
  })
  await store.complete({ id: job.id, token: job.token, now })
}

/** One claim among a million jobs, half of them due later. */
async function claimAmongMillion() {
  return await withFolder(async (folder) => {
    const path = join(folder, 'million.db')
    await (await openStore({ url: path })).close()
    fillJobs(new Sqlite(path), 1_000_000)
    const store = await openStore({ url: path, durability: 'fast' })
    await warmUp()
    const ms = []
    for (let count = 0; count < 2_000; count += 1) {
      const started = performance.now()
      await store.transaction((tx) =>
        claimJobs(tx, {
          queue: 'q',
          kinds: ['k'],
          owner: 'bench',
          leaseMs: 30_000,
          limit: 1,
          now: Date.now(),
        }),
      )
      ms.push(performance.now() - started)
    }
    await store.close()
    const p99 = ms.toSorted((a, b) => a - b)[Math.floor(ms.length * 0.99)]
    return [figure('claim_p99_ms_1m', [p99], 'ms', 1, (value) => value <= 1)]
  })
}

async function repeat(times, work) {
  const started = performance.now()
  for (let count = 0; count < times; count += 1) await work()
  return performance.now() - started
}

async function withFolder(work) {
  const folder = mkdtempSync(join(tmpdir(), 'tmo-bench-'))
  try {
    return await work(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function figure(name, values, unit, target, isOk) {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]
  const value = round(at(0.5))
  const spread = round((at(0.9) - at(0.1)) / value)
  return {
    package: 'scheduler-db',
    name,
    value,
    unit,
    target,
    ok: isOk(value),
    samples: values.length,
    spread,
  }
}

const round = (value) => Number(value.toPrecision(4))

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  for (const each of await bench()) process.stdout.write(`${JSON.stringify(each)}\n`)
}
