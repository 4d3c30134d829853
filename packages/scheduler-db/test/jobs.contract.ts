import { describe, expect, test } from 'vitest'
import {
  completeJob,
  enqueueJob,
  failJob,
  findJob,
  listJobs,
  nextDueAt,
  promoteDueJobs,
  readEvents,
} from '../src/index.ts'
import { freshStore, type OpenTemporaryStore } from './fresh-store.ts'
import { jobDesk, t0 } from './job-desk.ts'

/** Which jobs there are, and which of them is claimed. */
export function jobsContract(open: OpenTemporaryStore): void {
  const fresh = freshStore(open)
  const { enqueue, claim, claimOne, state } = jobDesk(fresh)

  test('a job goes from enqueued to succeeded, with its payload and its result', async () => {
    const { id } = await enqueue({ payload: { text: 'ü', list: [1, null, true] } })
    const job = await claimOne()
    expect(job).toMatchObject({
      id,
      payload: { text: 'ü', list: [1, null, true] },
      state: 'running',
      token: 1,
      attempt: 1,
      owner: 'me',
    })
    await fresh.store.transaction((tx) =>
      completeJob(tx, { id, token: job.token, result: { ok: 1 }, now: t0 + 5 }),
    )
    const done = await findJob(fresh.store.db, id)
    expect(done).toMatchObject({ state: 'succeeded', result: { ok: 1 }, finishedAt: t0 + 5 })
    expect(done?.owner).toBeUndefined()
  })

  test('what throws in its transaction was never enqueued', async () => {
    const failed = fresh.store.transaction(async (tx) => {
      await enqueueJob(tx, { queue: 'q', kind: 'k', payload: null }, { now: t0 })
      throw new Error('no')
    })
    await expect(failed).rejects.toThrow('no')
    expect(await listJobs(fresh.store.db)).toEqual([])
  })

  test('the most urgent is claimed first, then the oldest', async () => {
    const ids: string[] = []
    for (const priority of [0, 5, 0, 5]) ids.push((await enqueue({ priority })).id)
    expect((await claim()).map((job) => job.id)).toEqual([ids[1], ids[3], ids[0], ids[2]])
  })

  test('a job of an unknown kind or another queue is never claimed', async () => {
    const { id } = await enqueue({ kind: 'future', priority: 9 })
    await enqueue({ queue: 'elsewhere' })
    const known = await enqueue()
    expect((await claim()).map((job) => job.id)).toEqual([known.id])
    expect(await claim(t0, 10, [])).toEqual([])
    expect(await state(id)).toBe('ready')
  })

  test('a job waits for its time, and holds no lease meanwhile', async () => {
    const { id } = await enqueue({ dueAt: t0 + 86_400_000 })
    expect(await nextDueAt(fresh.store.db)).toBe(t0 + 86_400_000)
    await fresh.store.transaction((tx) => promoteDueJobs(tx, { now: t0 + 86_399_999 }))
    expect(await claim(t0 + 86_399_999)).toEqual([])
    expect(await fresh.store.transaction((tx) => promoteDueJobs(tx, { now: t0 + 86_400_000 }))).toBe(1)
    expect((await claim(t0 + 86_400_000)).map((job) => job.id)).toEqual([id])
  })

  describe('dedupe', () => {
    test('a second job with the key of one that waits is that one, at the earlier time', async () => {
      const first = await enqueue({ dedupeKey: 'check-in', dueAt: t0 + 500 })
      expect(await enqueue({ dedupeKey: 'check-in', dueAt: t0 + 900 })).toEqual({
        id: first.id,
        created: false,
      })
      expect((await findJob(fresh.store.db, first.id))?.dueAt).toBe(t0 + 500)
      expect(await enqueue({ dedupeKey: 'check-in', dueAt: t0 + 100 })).toEqual({
        id: first.id,
        created: false,
      })
      expect((await findJob(fresh.store.db, first.id))?.dueAt).toBe(t0 + 100)
    })

    test('one that runs does not stand in the way, unless asked to', async () => {
      const first = await enqueue({ dedupeKey: 'x' })
      await claimOne()
      expect(await enqueue({ dedupeKey: 'x', dedupe: 'live' })).toEqual({ id: first.id, created: false })
      const second = await enqueue({ dedupeKey: 'x' })
      expect(second.created).toBe(true)
    })

    test('a job that waits again beside a newer one with its key gives way to nothing and breaks nothing', async () => {
      const first = await enqueue({ dedupeKey: 'x' })
      const { token } = await claimOne()
      const second = await enqueue({ dedupeKey: 'x', dueAt: t0 + 5 })
      await fresh.store.transaction((tx) => failJob(tx, { id: first.id, token, error: 'no', now: t0 }))
      expect([await state(first.id), await state(second.id)]).toEqual(['scheduled', 'scheduled'])
    })
  })

  test('a job that has not started by its expiry is never claimed, and is cancelled with an event', async () => {
    const ready = await enqueue({ expiresAt: t0 + 10 })
    const waiting = await enqueue({ dueAt: t0 + 5, expiresAt: t0 + 10 })
    expect(await claim(t0 + 10)).toEqual([])
    await fresh.store.transaction((tx) => promoteDueJobs(tx, { now: t0 + 10 }))
    expect([await state(ready.id), await state(waiting.id)]).toEqual(['cancelled', 'cancelled'])
    expect((await readEvents(fresh.store.db, { after: 0 })).map((event) => event.kind)).toEqual([
      'job:expired',
      'job:expired',
    ])
    expect(await nextDueAt(fresh.store.db)).toBeUndefined()
  })

  test('of the jobs with one concurrency key one runs at a time, and others are not held up', async () => {
    const a = await enqueue({ concurrencyKey: 'repo' })
    const b = await enqueue({ concurrencyKey: 'repo' })
    const c = await enqueue({ concurrencyKey: 'other' })
    const d = await enqueue()
    const first = await claim()
    expect(first.map((job) => job.id)).toEqual([a.id, c.id, d.id])
    expect(await claim()).toEqual([])
    await fresh.store.transaction((tx) => completeJob(tx, { id: a.id, token: first[0]?.token ?? 0, now: t0 }))
    expect((await claim()).map((job) => job.id)).toEqual([b.id])
  })

  test.each([
    [{ priority: 1.5 }],
    [{ dueAt: Number.NaN }],
    [{ maxAttempts: 0 }],
    [{ expiresAt: Number.POSITIVE_INFINITY }],
  ])('a job of impossible numbers is refused: %j', async (job) => {
    await expect(enqueue(job)).rejects.toMatchObject({ code: 'BAD_INPUT' })
  })
}
