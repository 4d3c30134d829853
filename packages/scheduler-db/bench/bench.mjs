// Figures of the store on this machine's disk; run after a build: `node bench/bench.mjs [PART…]`, or through the root's bench.
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import Sqlite from 'better-sqlite3'
import { enqueueJob, newId, openStore } from '../dist/index.js'
import { claimAmongMillion, claims, plainjob } from './claims.mjs'
import { apiCycle, figure, repeat, warmUp, withFolder } from './measure.mjs'
import { postgresClaims } from './postgres.mjs'
import { wakeUp } from './wake-up.mjs'

const rounds = 15

const parts = {
  cycles: () => cycles({ durability: 'full', name: 'job_cycle_vs_raw', target: 1.5, perRound: 30 }),
  unsynced: () =>
    cycles({ durability: 'fast', name: 'job_cycle_vs_raw_without_sync', target: 8, perRound: 200 }),
  groupCommit,
  claims,
  plainjob,
  million: claimAmongMillion,
  wakeUp,
  postgres: postgresClaims,
}

/** What this package promises of its daemon is measured there. */
export const also = ['daemon']

/** All figures, or those of the parts that are named. */
export async function bench(names = Object.keys(parts)) {
  const figures = []
  for (const name of names) figures.push(...(await parts[name]()))
  return figures
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

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const names = process.argv.slice(2)
  for (const each of await bench(names.length === 0 ? undefined : names))
    process.stdout.write(`${JSON.stringify(each)}\n`)
}
