import Sqlite from 'better-sqlite3'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  claimJobs,
  claimOutbox,
  completeJob,
  enqueueJob,
  fireDueSchedules,
  listJobs,
  type NoTables,
  nextDueAt,
  promoteDueJobs,
  prune,
  type QueryRunner,
  readEvents,
  rescueJobs,
  rescueOutbox,
} from '../src/index.ts'
import { type TemporaryStore, temporaryStore } from '../src/testing.ts'

let home: TemporaryStore<NoTables>
let raw: Sqlite.Database
beforeAll(async () => {
  home = await temporaryStore()
  raw = new Sqlite(home.path, { readonly: true })
})
afterAll(async () => {
  raw.close()
  await home[Symbol.asyncDispose]()
})

/** The plans of the statements that `fn` runs, as SQLite would carry them out. */
async function plans(fn: (tx: QueryRunner) => Promise<unknown>): Promise<readonly string[]> {
  const texts: string[] = []
  await home.store.transaction(async (tx) => {
    const recorded: QueryRunner = {
      getExecutor: () => tx.getExecutor(),
      executeQuery: (query) => {
        texts.push(query.sql)
        return tx.executeQuery(query)
      },
    }
    await fn(recorded)
  })
  return texts.flatMap((text) => {
    const bound = Array.from({ length: text.split('?').length - 1 }, () => 1)
    const rows = raw.prepare<unknown[], { detail: string }>(`EXPLAIN QUERY PLAN ${text}`).all(...bound)
    return rows.map((row) => row.detail)
  })
}

const now = 1_000

test('no statement of a worker scans or sorts a table: each goes by its partial index', async () => {
  const seen = await plans(async (tx) => {
    await enqueueJob(tx, { queue: 'q', kind: 'k', payload: null, dedupeKey: 'd' }, { now })
    await promoteDueJobs(tx, { now })
    const [job] = await claimJobs(tx, {
      queue: 'q',
      kinds: ['k', 'l'],
      owner: 'o',
      leaseMs: 1,
      limit: 1,
      now,
    })
    await completeJob(tx, { id: job?.id ?? '', token: job?.token ?? 0, now })
    await rescueJobs(tx, { now, isOwnerDead: () => false })
    await fireDueSchedules(tx, { now })
    await claimOutbox(tx, { owner: 'o', leaseMs: 1, limit: 1, now })
    await claimOutbox(tx, { owner: 'o', leaseMs: 1, limit: 1, now, from: 'unknown' })
    await rescueOutbox(tx, { now })
    await nextDueAt(tx, { now })
    await readEvents(tx, { after: 0 })
    await readEvents(tx, { after: 0, stream: 's' })
  })
  const used = (index: string): boolean => seen.some((detail) => detail.includes(`INDEX ${index} `))
  const wanted = [
    'job_ready',
    'job_concurrency_ready',
    'job_scheduled',
    'job_lease',
    'job_expiry',
    'job_dedupe',
    'job_dep_needs',
    'schedule_next',
    'outbox_pending',
    'outbox_unknown',
    'outbox_lease',
    'outbox_open',
    'event_stream',
  ]
  expect(wanted.filter((index) => !used(index))).toEqual([])
  expect(
    seen.filter((detail) =>
      /^SCAN (job|outbox|event|schedule|other|first|earlier)\b(?!.*USING)/.test(detail),
    ),
  ).toEqual([])
  expect(seen.filter((detail) => /TEMP B-TREE FOR ORDER BY/.test(detail))).toEqual([])
})

test('the dead are found by index', async () => {
  const seen = await plans((tx) => listJobs(tx, { state: 'dead' }))
  expect(seen.some((detail) => detail.includes('INDEX job_finished'))).toBe(true)
})

test('retention goes by index and by the oldest rows', async () => {
  const seen = await plans((tx) => prune(tx, { doneBefore: 1, deadBefore: 1, eventsBefore: 1 }))
  expect(seen.filter((detail) => /^SCAN (job|outbox|fire|inbox_seen)\b(?!.*USING)/.test(detail))).toEqual([])
  expect(seen.some((detail) => detail.includes('INDEX job_finished'))).toBe(true)
})
