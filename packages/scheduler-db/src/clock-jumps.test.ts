import { afterEach, beforeEach, expect, test } from 'vitest'
import { claimJobs, promoteDueJobs } from './claim-jobs.ts'
import { enqueueJob } from './enqueue-job.ts'
import { readEvents } from './event.ts'
import { fireDueSchedules } from './fire-schedules.ts'
import { listJobs } from './list-jobs.ts'
import { nextDueAt } from './next-due-at.ts'
import { openStore } from './open-store.ts'
import { rescueJobs } from './rescue-jobs.ts'
import { type NewSchedule, putSchedule } from './schedule.ts'
import { completeJob } from './settle-job.ts'
import type { Store } from './store.ts'

const hour = 3_600_000
const day = 24 * hour
const t0 = Date.parse('2026-03-10T00:00:00Z')

let store: Store
let clock = t0
beforeEach(async () => {
  clock = t0
  store = await openStore({ url: ':memory:', clock: () => clock })
})
afterEach(async () => {
  await store.close()
})

const put = (schedule: Partial<NewSchedule> = {}): Promise<unknown> =>
  store.transaction((tx) =>
    putSchedule(
      tx,
      { name: 's', everyMs: hour, kind: 'k', queue: 'q', payload: null, overlap: 'allow', ...schedule },
      { now: store.now() },
    ),
  )

/** What a scheduler does whenever it wakes; answers the slots that fired, in hours since the start. */
async function look(): Promise<readonly number[]> {
  const now = store.now()
  return await store.transaction(async (tx) => {
    await rescueJobs(tx, { now })
    const fires = await fireDueSchedules(tx, { now })
    await promoteDueJobs(tx, { now })
    return fires.map(({ slotAt }) => (slotAt - t0) / hour)
  })
}

const skipped = async (): Promise<number> => {
  const events = await readEvents(store.db, { after: 0, stream: 'schedule' })
  return events.reduce((sum, { data }) => sum + Number(Reflect.get(Object(data), 'count')), 0)
}

test('a clock that goes a day forward is a day missed: the last slot fires, the others are counted and recorded', async () => {
  await put()
  clock = t0 + hour
  expect(await look()).toEqual([1])
  clock += day
  expect(await look()).toEqual([25])
  expect(await skipped()).toBe(23)
  clock += hour
  expect(await look()).toEqual([26])
})

test('a clock that goes a day back fires no slot again, and goes on where it was', async () => {
  await put()
  clock = t0 + 30 * hour
  expect(await look()).toEqual([30])
  clock -= day
  for (let step = 0; step < 24; step += 1) {
    expect(await look()).toEqual([])
    clock += hour
  }
  expect([await look(), (clock - t0) / hour]).toEqual([[], 30])
  clock += hour
  expect(await look()).toEqual([31])
  expect(await nextDueAt(store.db, { now: clock })).toBe(t0 + 32 * hour)
})

test('a day forward and back again fires each slot once', async () => {
  await put()
  clock = t0 + hour
  expect(await look()).toEqual([1])
  clock += day
  expect(await look()).toEqual([25])
  clock -= day
  expect(await look()).toEqual([])
  clock += day + hour
  expect(await look()).toEqual([26])
})

test.each([
  ['once', [8], 7],
  ['all', [1, 2, 3, 4, 5, 6, 7, 8], 0],
  ['skip', [], 8],
] as const)('after eight hours and a half of suspend `%s` holds', async (misfire, fired, count) => {
  await put({ misfire })
  clock = t0 + 8.5 * hour
  expect([await look(), await skipped()]).toEqual([fired, count])
  clock = t0 + 9 * hour
  expect(await look()).toEqual([9])
})

test('a suspend that is longer than the catch-up window catches up what lies in it', async () => {
  await put({ misfire: 'all', catchupWindowMs: 2 * hour })
  clock = t0 + 8 * hour
  expect([await look(), await skipped()]).toEqual([[6, 7, 8], 5])
})

test('over a suspend the lease of a worker that slept runs out, and its late word is refused', async () => {
  await store.transaction((tx) => enqueueJob(tx, { queue: 'q', kind: 'k', payload: null }, { now: clock }))
  const take = { queue: 'q', kinds: ['k'], leaseMs: 30_000, limit: 1 }
  const [held] = await store.transaction((tx) => claimJobs(tx, { ...take, owner: 'sleeper', now: clock }))
  clock += 8 * hour
  await look()
  clock += hour
  await look()
  const [taken] = await store.transaction((tx) => claimJobs(tx, { ...take, owner: 'other', now: clock }))
  expect(taken).toMatchObject({ id: held?.id, attempt: 2, crashCount: 1 })
  const late = { id: held?.id ?? '', token: held?.token ?? 0, now: clock }
  await expect(store.transaction((tx) => completeJob(tx, late))).rejects.toMatchObject({ code: 'LEASE_LOST' })
})

test('a job that waits for its time is done once, wherever the clock goes meanwhile', async () => {
  await store.transaction((tx) =>
    enqueueJob(tx, { queue: 'q', kind: 'k', payload: null, dueAt: t0 + hour }, { now: clock }),
  )
  const take = { queue: 'q', kinds: ['k'], owner: 'o', leaseMs: 30 * day, limit: 9 }
  const claimed: number[] = []
  for (const at of [t0 - day, t0 + hour - 1, t0 + day, t0 - day, t0 + 2 * day]) {
    clock = at
    await look()
    claimed.push((await store.claim({ ...take, now: clock })).length)
  }
  expect(claimed).toEqual([0, 0, 1, 0, 0])
  expect(await listJobs(store.db)).toHaveLength(1)
})

test('a slot in the gap of summer time fires once, and one that comes twice fires once', async () => {
  clock = Date.parse('2026-03-07T12:00:00Z')
  await put({ everyMs: undefined, cron: '30 2 * * *', tz: 'America/New_York', name: 'gap' })
  const slots: number[] = []
  for (; clock < Date.parse('2026-03-10T12:00:00Z'); clock += hour / 2) slots.push(...(await look()))
  expect(slots).toHaveLength(3)
  clock = Date.parse('2026-10-31T12:00:00Z')
  await put({ everyMs: undefined, cron: '30 1 * * *', tz: 'America/New_York', name: 'gap' })
  const repeated: number[] = []
  for (; clock < Date.parse('2026-11-02T12:00:00Z'); clock += hour / 4) repeated.push(...(await look()))
  expect(repeated).toHaveLength(2)
})
