import { sql } from 'kysely'
import type { QueryRunner } from '../../src/index.ts'
import * as db from '../../src/index.ts'
import { runRaw } from '../../src/statement.ts'
import { type Operations, shipped } from './operations.ts'

const ask = async <R>(tx: QueryRunner, query: ReturnType<typeof sql<R>>): Promise<readonly R[]> =>
  (await runRaw(tx, query)).rows

/** Claims as the shipped statement does, but chooses by other words. */
const claimBy =
  (condition: string, order: string): Operations['claimJobs'] =>
  async (tx, { queue, owner, leaseMs, limit, now }) => {
    const rows = await ask(
      tx,
      sql<{
        id: string
      }>`update job set state = 'running', attempt = attempt + 1, lease_token = lease_token + 1,
        lease_owner = ${owner}, lease_until = ${now + leaseMs}, started_at = ${now}
        where seq in (select seq from job where ${sql.raw(condition)} and queue = ${queue} and concurrency_key is null
        order by ${sql.raw(order)} limit ${limit}) returning id`,
    )
    const jobs = await Promise.all(rows.map(({ id }) => db.findJob(tx, id)))
    return jobs.filter((job) => job !== undefined)
  }

let remembered: readonly string[] = []

/** Each is one line that somebody might write; a run must find it. */
export const plantedBugs: Readonly<Record<string, Operations>> = {
  'double claim': { ...shipped, claimJobs: claimBy("state in ('ready', 'running')", 'priority desc, seq') },
  'lost wake-up': { ...shipped, nextDueAt: async () => undefined },
  'unfenced complete': {
    ...shipped,
    completeJob: async (tx, { id, now }) => {
      await ask(
        tx,
        sql`update job set state = 'succeeded', finished_at = ${now}, lease_owner = null, lease_until = null
        where id = ${id} and finished_at is null`,
      )
    },
  },
  'skipped slot': {
    ...shipped,
    fireDueSchedules: async (tx, { now }) => {
      await ask(tx, sql`update schedule set next_at = next_at + every_ms where next_at <= ${now} - every_ms`)
      return await db.fireDueSchedules(tx, { now })
    },
  },
  'slot fired twice after a backward jump': {
    ...shipped,
    fireDueSchedules: async (tx, { now }) => {
      await ask(tx, sql`delete from fire`)
      await ask(
        tx,
        sql`update schedule set next_at = anchor_at + ((${now} - anchor_at) / every_ms) * every_ms
        where next_at > ${now} + every_ms`,
      )
      return await db.fireDueSchedules(tx, { now })
    },
  },
  'expired lease honoured': {
    ...shipped,
    renewLease: async (tx, { name, token, now, ttlMs }) => {
      await ask(tx, sql`update lease set until = ${now + ttlMs} where name = ${name} and token = ${token}`)
    },
  },
  'dedupe that blocks': {
    ...shipped,
    enqueueJob: async (tx, job, options) => {
      const known = await ask(
        tx,
        sql<{ id: string }>`select id from job where dedupe_key = ${job.dedupeKey ?? null}`,
      )
      return known[0] === undefined
        ? await db.enqueueJob(tx, job, options)
        : { id: known[0].id, created: false }
    },
  },
  'rescue that overwrites a completion': {
    ...shipped,
    rescueJobs: async (tx, { now }) => {
      for (const id of remembered) {
        await ask(
          tx,
          sql`update job set state = 'scheduled', due_at = ${now}, finished_at = null, lease_owner = null,
            lease_until = null, lease_token = lease_token + 1, crash_count = crash_count + 1 where id = ${id}`,
        )
      }
      const lost = await ask(
        tx,
        sql<{ id: string }>`select id from job where state = 'running' and lease_until <= ${now}`,
      )
      remembered = lost.map(({ id }) => id)
      return []
    },
  },
  'priority inversion': { ...shipped, claimJobs: claimBy("state = 'ready'", 'seq') },
  starvation: { ...shipped, claimJobs: claimBy("state = 'ready'", 'priority desc, seq desc') },
  'retry without limit': {
    ...shipped,
    failJob: async (tx, { id, token, now, error }) => {
      await ask(
        tx,
        sql`update job set state = 'scheduled', due_at = ${now}, last_error = ${error}, lease_owner = null,
        lease_until = null where id = ${id} and state = 'running' and lease_token = ${token}`,
      )
      return 'scheduled'
    },
  },
  'silent skip': {
    ...shipped,
    fireDueSchedules: async (tx, options) => {
      const before = await ask(
        tx,
        sql<{ id: string; n: number }>`select id, skipped_count as n from schedule`,
      )
      const fires = await db.fireDueSchedules(tx, options)
      await ask(tx, sql`delete from event where kind = 'schedule:skipped'`)
      for (const { id, n } of before)
        await ask(tx, sql`update schedule set skipped_count = ${n} where id = ${id}`)
      return fires
    },
  },
  'event reader that passes an open transaction': {
    ...shipped,
    readDuring: (tx, after) => db.readEvents(tx, { after }),
  },
}

/** Bugs keep nothing from one run to the next. */
export function forget(): void {
  remembered = []
}
