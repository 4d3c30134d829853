import { expect, test } from 'vitest'
import {
  claimJobs,
  completeJob,
  deleteSchedule,
  type Fire,
  fireDueSchedules,
  isSchedulerEvent,
  listJobs,
  listSchedules,
  type NewSchedule,
  nextDueAt,
  openStore,
  promoteDueJobs,
  putSchedule,
  readEvents,
  type Schedule,
} from '../src/index.ts'
import { freshStore, type OpenTemporaryStore } from './fresh-store.ts'

export function schedulesContract(open: OpenTemporaryStore): void {
  const fresh = freshStore(open)

  const minute = 60_000
  const t0 = Date.parse('2026-03-01T00:00:00Z')

  const put = (schedule: Partial<NewSchedule>, now = t0): Promise<Schedule> =>
    fresh.store.transaction((tx) =>
      putSchedule(
        tx,
        { name: 's', kind: 'check-in', queue: 'q', payload: { to: 'dev' }, ...schedule },
        { now },
      ),
    )
  const fire = (now: number): Promise<readonly Fire[]> =>
    fresh.store.transaction((tx) => fireDueSchedules(tx, { now }))
  const finishAll = async (now: number): Promise<void> => {
    await fresh.store.transaction(async (tx) => {
      const jobs = await claimJobs(tx, {
        queue: 'q',
        kinds: ['check-in'],
        owner: 'o',
        leaseMs: 1,
        limit: 999,
        now,
      })
      for (const { id, token } of jobs) await completeJob(tx, { id, token, now })
    })
  }
  const skips = async (): Promise<unknown[]> =>
    (await readEvents(fresh.store.db, { after: 0 })).flatMap((event) =>
      isSchedulerEvent(event, 'schedule:skipped') && event.subject === 's' ? [event.data] : [],
    )

  test('an interval fires one job per slot, anchored at its start however late it is looked at', async () => {
    await put({ everyMs: minute })
    expect(await fire(t0)).toEqual([])
    expect(await nextDueAt(fresh.store.db)).toBe(t0 + minute)
    expect(await fire(t0 + minute + 17)).toMatchObject([{ schedule: 's', slotAt: t0 + minute, lateMs: 17 }])
    await finishAll(t0 + minute + 17)
    expect(await fire(t0 + 2 * minute - 1)).toEqual([])
    expect(await fire(t0 + 2 * minute)).toMatchObject([{ slotAt: t0 + 2 * minute, lateMs: 0 }])
    const jobs = await listJobs(fresh.store.db)
    expect(jobs).toMatchObject([
      { schedule: 's', slotAt: t0 + 2 * minute, kind: 'check-in', payload: { to: 'dev' } },
      { slotAt: t0 + minute },
    ])
  })

  test('a cron line fires in its zone, also over the change of the clock', async () => {
    const from = Date.parse('2026-03-07T12:00:00Z')
    await put({ cron: '30 2 * * *', tz: 'America/New_York' }, from)
    const slots: string[] = []
    for (let day = 1; day <= 3; day += 1) {
      for (const { slotAt } of await fire(from + day * 1440 * minute))
        slots.push(new Date(slotAt).toISOString())
      await finishAll(from)
    }
    expect(slots).toEqual([
      '2026-03-08T07:00:00.000Z',
      '2026-03-09T06:30:00.000Z',
      '2026-03-10T06:30:00.000Z',
    ])
  })

  test('firing twice, from two stores at once, makes one job per slot', async () => {
    await put({ everyMs: minute })
    const other = await openStore({ url: fresh.url })
    try {
      const fires = await Promise.all(
        [fresh.store, other, fresh.store, other].map((each) =>
          each.transaction((tx) => fireDueSchedules(tx, { now: t0 + minute })),
        ),
      )
      expect(fires.flat()).toHaveLength(1)
    } finally {
      await other.close()
    }
    expect(await listJobs(fresh.store.db)).toHaveLength(1)
  })

  test('a slot whose row exists fires no second job, whatever the schedule says', async () => {
    await put({ everyMs: minute, overlap: 'allow' })
    await fire(t0 + minute)
    await fresh.store.transaction((tx) =>
      tx
        .updateTable('schedule')
        .set({ next_at: t0 + minute })
        .execute(),
    )
    expect(await fire(t0 + minute)).toEqual([])
    expect(await listJobs(fresh.store.db)).toHaveLength(1)
  })

  test('after a night without anyone `once` fires one job, and the others are counted', async () => {
    await put({ everyMs: minute })
    expect(await fire(t0 + 480 * minute)).toMatchObject([{ slotAt: t0 + 480 * minute }])
    expect(await skips()).toEqual([{ reason: 'misfire', count: 479, exact: true, firstAt: t0 + minute }])
    expect((await listSchedules(fresh.store.db))[0]?.skippedCount).toBe(479)
  })

  test('`all` catches each slot up within the window, and counts those before it', async () => {
    await put({ everyMs: minute, misfire: 'all', catchupWindowMs: 10 * minute })
    const fires = await fire(t0 + 30 * minute)
    expect(fires.map(({ slotAt }) => (slotAt - t0) / minute)).toEqual([
      20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30,
    ])
    expect(await skips()).toEqual([{ reason: 'misfire', count: 19, exact: true, firstAt: t0 + minute }])
  })

  test('`all` goes on in the next round where a round was full', async () => {
    await put({ everyMs: minute, misfire: 'all' })
    const first = await fire(t0 + 150 * minute)
    const second = await fire(t0 + 150 * minute)
    expect([first.length, second.length, (await fire(t0 + 150 * minute)).length]).toEqual([100, 50, 0])
  })

  test('`skip` fires nothing late', async () => {
    await put({ everyMs: 10 * minute, misfire: 'skip' })
    expect(await fire(t0 + 15 * minute)).toEqual([])
    expect(await fire(t0 + 20 * minute + 59_000)).toHaveLength(1)
  })

  test('while the job of an earlier slot has not ended the slot is skipped and counted; `allow` fires it', async () => {
    await put({ everyMs: minute })
    await put({ name: 'allowing', everyMs: minute, overlap: 'allow' })
    await fire(t0 + minute)
    expect((await fire(t0 + 2 * minute)).map((each) => each.schedule)).toEqual(['allowing'])
    expect(await skips()).toEqual([{ reason: 'overlap', count: 1, exact: true, firstAt: t0 + 2 * minute }])
    await finishAll(t0 + 2 * minute)
    expect(await fire(t0 + 3 * minute)).toHaveLength(2)
  })

  test('with `buffer` one job waits for the one that runs, and starts when that one has ended; further slots are counted', async () => {
    await put({ everyMs: minute, overlap: 'buffer' })
    const claim = { queue: 'q', kinds: ['check-in'], owner: 'o', leaseMs: 999_999_999, limit: 9 }
    expect(await fire(t0 + minute)).toHaveLength(1)
    const [first] = await fresh.store.claim({ ...claim, now: t0 + minute })
    expect(await fire(t0 + 2 * minute)).toHaveLength(1)
    expect(await fire(t0 + 3 * minute)).toEqual([])
    expect(await skips()).toEqual([{ reason: 'overlap', count: 1, exact: true, firstAt: t0 + 3 * minute }])
    expect(await fresh.store.claim({ ...claim, now: t0 + 3 * minute })).toEqual([])
    await fresh.store.complete({ id: first?.id ?? '', token: 1, now: t0 + 3 * minute })
    expect(await fresh.store.claim({ ...claim, now: t0 + 3 * minute })).toMatchObject([
      { slotAt: t0 + 2 * minute },
    ])
  })

  test('with `cancel-other` the job of a new slot cancels those of earlier ones, which is counted, and their workers cannot complete', async () => {
    await put({ everyMs: minute, overlap: 'cancel-other' })
    await fire(t0 + minute)
    const claim = { queue: 'q', kinds: ['check-in'], owner: 'o', leaseMs: 999_999_999, limit: 9 }
    const [first] = await fresh.store.claim({ ...claim, now: t0 + minute })
    expect(await skips()).toEqual([])
    expect(await fire(t0 + 2 * minute)).toHaveLength(1)
    const late = fresh.store.complete({ id: first?.id ?? '', token: 1, now: t0 + 2 * minute })
    await expect(late).rejects.toMatchObject({ code: 'LEASE_LOST' })
    expect(await fire(t0 + 3 * minute)).toHaveLength(1)
    const states = (await listJobs(fresh.store.db)).map(({ slotAt, state }) => [slotAt, state])
    expect(states.toReversed()).toEqual([
      [t0 + minute, 'cancelled'],
      [t0 + 2 * minute, 'cancelled'],
      [t0 + 3 * minute, 'ready'],
    ])
    expect(await skips()).toEqual([
      { reason: 'replaced', count: 1, exact: true, firstAt: t0 + minute },
      { reason: 'replaced', count: 1, exact: true, firstAt: t0 + 2 * minute },
    ])
    expect((await listSchedules(fresh.store.db))[0]?.skippedCount).toBe(2)
  })

  test.each(['cancel-other', 'skip', 'buffer', 'allow'] as const)(
    'a slot that was fired already fires nothing with `%s`, and its own job is left alone',
    async (overlap) => {
      await put({ everyMs: minute, overlap })
      expect(await fire(t0 + minute)).toHaveLength(1)
      await fresh.store.transaction((tx) =>
        tx
          .updateTable('schedule')
          .set({ next_at: t0 + minute })
          .execute(),
      )
      expect(await fire(t0 + minute)).toEqual([])
      expect((await listJobs(fresh.store.db)).map(({ slotAt, state }) => [slotAt, state])).toEqual([
        [t0 + minute, 'ready'],
      ])
      expect(await skips()).toEqual([])
      expect((await listSchedules(fresh.store.db))[0]?.nextAt).toBe(t0 + 2 * minute)
    },
  )

  test('putting the same schedule again at a start loses no missed slot; a new timing begins anew', async () => {
    const first = await put({ everyMs: minute })
    const again = await put({ everyMs: minute }, t0 + 10 * minute)
    expect(again).toEqual(first)
    const changed = await put({ everyMs: 2 * minute }, t0 + 10 * minute)
    expect(changed).toMatchObject({ rev: 2, nextAt: t0 + 12 * minute })
    const payload = await put({ everyMs: 2 * minute, payload: 'new' }, t0 + 13 * minute)
    expect(payload).toMatchObject({ rev: 3, nextAt: t0 + 12 * minute, payload: 'new' })
  })

  test('a clock that goes back fires no slot twice, nor one before the last', async () => {
    await put({ everyMs: minute })
    await fire(t0 + 10 * minute)
    await finishAll(t0)
    expect(await fire(t0 + 2 * minute)).toEqual([])
    const changed = await put({ everyMs: minute, anchorAt: t0 + 1 }, t0 + 2 * minute)
    expect(changed.nextAt).toBe(t0 + 10 * minute + 1)
  })

  test('a disabled schedule fires nothing; enabled again it starts from then', async () => {
    await put({ everyMs: minute })
    await put({ everyMs: minute, enabled: false }, t0)
    expect([await fire(t0 + 5 * minute), await nextDueAt(fresh.store.db)]).toEqual([[], undefined])
    expect(await put({ everyMs: minute }, t0 + 5 * minute)).toMatchObject({ nextAt: t0 + 6 * minute })
  })

  test('a check-in that nobody took in time expires', async () => {
    await put({ everyMs: minute, expiresAfterMs: 30_000 })
    await fire(t0 + minute)
    await fresh.store.transaction((tx) => promoteDueJobs(tx, { now: t0 + minute + 30_000 }))
    expect(await listJobs(fresh.store.db, { state: 'cancelled' })).toHaveLength(1)
  })

  test('a deleted schedule fires no more, and its jobs stay', async () => {
    await put({ everyMs: minute })
    await fire(t0 + minute)
    expect(await fresh.store.transaction((tx) => deleteSchedule(tx, 's'))).toBe(true)
    expect(await fresh.store.transaction((tx) => deleteSchedule(tx, 's'))).toBe(false)
    expect([await fire(t0 + 9 * minute), await listSchedules(fresh.store.db)]).toEqual([[], []])
    expect(await listJobs(fresh.store.db)).toHaveLength(1)
  })

  test.each([
    [{ cron: '0 0 30 2 *' }],
    [{ cron: 'nonsense' }],
    [{ cron: '* * * * *', tz: 'Nowhere/Land' }],
    [{ everyMs: -5 }],
    [{}],
    [{ everyMs: 5, catchupWindowMs: -1 }],
  ])('a schedule that can never fire is refused when it is put: %j', async (schedule) => {
    await expect(put(schedule)).rejects.toMatchObject({ code: 'BAD_INPUT' })
    expect(await listSchedules(fresh.store.db)).toEqual([])
  })
}
