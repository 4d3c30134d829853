import { describe, expect, test } from 'vitest'
import {
  cancelJob,
  claimJobs,
  completeJob,
  enqueueJob,
  extendLease,
  failJob,
  findJob,
  type Job,
  listJobs,
  type NewJob,
  nextDueAt,
  promoteDueJobs,
  readEvents,
  releaseJob,
  rescueJobs,
  retryJob,
} from '../src/index.ts'
import { freshStore, type OpenTemporaryStore } from './fresh-store.ts'

export function jobsContract(open: OpenTemporaryStore): void {
  const fresh = freshStore(open)

  const t0 = 1_800_000_000_000

  const enqueue = (job: Partial<NewJob> = {}, now = t0): Promise<{ id: string; created: boolean }> =>
    fresh.store.transaction((tx) => enqueueJob(tx, { queue: 'q', kind: 'k', payload: null, ...job }, { now }))

  const claim = (now = t0, limit = 10, kinds: readonly string[] = ['k']): Promise<readonly Job[]> =>
    fresh.store.transaction((tx) =>
      claimJobs(tx, { queue: 'q', kinds, owner: 'me', leaseMs: 1000, limit, now }),
    )

  const claimOne = async (now = t0): Promise<Job> => {
    const job = (await claim(now, 1))[0]
    if (job === undefined) throw new Error('nothing to claim')
    return job
  }

  const state = async (id: string): Promise<string | undefined> => (await findJob(fresh.store.db, id))?.state

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

  describe('fencing', () => {
    test('a worker that lost its job cannot complete, fail or extend it', async () => {
      const { id } = await enqueue()
      const { token } = await claimOne()
      await fresh.store.transaction((tx) => rescueJobs(tx, { now: t0 + 1000 }))
      expect((await findJob(fresh.store.db, id))?.token).toBe(token + 1)
      await fresh.store.transaction((tx) => promoteDueJobs(tx, { now: t0 + 60_000 }))
      const second = await claimOne(t0 + 60_000)
      expect(second).toMatchObject({ id, attempt: 2, crashCount: 1 })
      expect(second.token).toBeGreaterThan(token)
      const stale = { id, token, now: t0 + 60_001 }
      for (const act of [
        () => fresh.store.transaction((tx) => completeJob(tx, stale)),
        () => fresh.store.transaction((tx) => failJob(tx, { ...stale, error: 'late' })),
        () => fresh.store.transaction((tx) => extendLease(tx, { ...stale, leaseMs: 1 })),
        () => fresh.store.transaction((tx) => releaseJob(tx, stale)),
      ]) {
        await expect(act()).rejects.toMatchObject({ code: 'LEASE_LOST', details: { id, token } })
      }
      await fresh.store.transaction((tx) => completeJob(tx, { id, token: second.token, now: t0 + 60_002 }))
      expect(await state(id)).toBe('succeeded')
    })

    test('a job that its worker gives back is ready at once, and has as many attempts left as before', async () => {
      const { id } = await enqueue({ maxAttempts: 1 })
      const { token } = await claimOne()
      await expect(
        fresh.store.transaction((tx) => releaseJob(tx, { id, token: token + 1, now: t0 })),
      ).rejects.toMatchObject({ code: 'LEASE_LOST' })
      await fresh.store.transaction((tx) => releaseJob(tx, { id, token, now: t0 }))
      const again = await claimOne()
      expect(again).toMatchObject({ id, attempt: 2, crashCount: 0 })
      expect(again.token).toBeGreaterThan(token)
      const failed = await fresh.store.transaction((tx) =>
        failJob(tx, { id, token: again.token, now: t0, error: 'no' }),
      )
      expect(failed).toBe('dead')
    })

    test('a job that its worker gives back stands beside a newer one of its key', async () => {
      const { id } = await enqueue({ dedupeKey: 'one' })
      const { token } = await claimOne()
      await enqueue({ dedupeKey: 'one' })
      await fresh.store.transaction((tx) => releaseJob(tx, { id, token, now: t0 }))
      expect((await claim()).map((job) => job.id)).toContain(id)
    })

    test('a job completes once', async () => {
      const { id } = await enqueue()
      const { token } = await claimOne()
      await fresh.store.transaction((tx) => completeJob(tx, { id, token, now: t0 }))
      await expect(
        fresh.store.transaction((tx) => completeJob(tx, { id, token, now: t0 })),
      ).rejects.toMatchObject({
        code: 'LEASE_LOST',
      })
    })

    test('a lost lease in a batch undoes that worker alone', async () => {
      const { id } = await enqueue()
      const { token } = await claimOne()
      const results = await fresh.store.batch([
        (tx) => enqueueJob(tx, { queue: 'q', kind: 'k', payload: 'before' }, { now: t0 }),
        async (tx) => {
          await enqueueJob(tx, { queue: 'q', kind: 'k', payload: 'undone' }, { now: t0 })
          await completeJob(tx, { id, token: token + 1, now: t0 })
        },
        (tx) => completeJob(tx, { id, token, now: t0 }),
      ])
      expect(results.map((result) => result.status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
      expect((await listJobs(fresh.store.db)).map((job) => job.payload)).toEqual(['before', null])
    })
  })

  describe('rescue', () => {
    test('takes only what ran out, and an extended lease does not', async () => {
      const { id } = await enqueue()
      const { token } = await claimOne()
      await fresh.store.transaction((tx) => extendLease(tx, { id, token, leaseMs: 1000, now: t0 + 900 }))
      expect(await fresh.store.transaction((tx) => rescueJobs(tx, { now: t0 + 1500 }))).toEqual([])
      expect(await fresh.store.transaction((tx) => rescueJobs(tx, { now: t0 + 1900 }))).toEqual([
        { id, state: 'scheduled' },
      ])
    })

    test('takes jobs of an owner that is gone at once', async () => {
      const { id } = await enqueue()
      await claimOne()
      expect(
        await fresh.store.transaction((tx) => rescueJobs(tx, { now: t0, isOwnerDead: () => false })),
      ).toEqual([])
      const rescued = await fresh.store.transaction((tx) =>
        rescueJobs(tx, { now: t0, isOwnerDead: (owner) => owner === 'me' }),
      )
      expect(rescued).toEqual([{ id, state: 'scheduled' }])
    })

    test('never overwrites a job that was completed in the meantime', async () => {
      const { id } = await enqueue()
      const { token } = await claimOne()
      const [completed, rescued] = await Promise.all([
        fresh.store.transaction((tx) => completeJob(tx, { id, token, now: t0 + 2000 })),
        fresh.store.transaction((tx) => rescueJobs(tx, { now: t0 + 2000 })),
      ])
      expect([completed, rescued, await state(id)]).toEqual([undefined, [], 'succeeded'])
    })

    test('a job that loses its worker at every attempt dies, with an event', async () => {
      const { id } = await enqueue({ maxAttempts: 2, backoff: { baseMs: 10, capMs: 15 } })
      await claimOne()
      await fresh.store.transaction((tx) => rescueJobs(tx, { now: t0 + 1000 }))
      expect((await findJob(fresh.store.db, id))?.dueAt).toBe(t0 + 1010)
      await fresh.store.transaction((tx) => promoteDueJobs(tx, { now: t0 + 1010 }))
      await claimOne(t0 + 1010)
      expect(await fresh.store.transaction((tx) => rescueJobs(tx, { now: t0 + 5000 }))).toEqual([
        { id, state: 'dead' },
      ])
      expect((await findJob(fresh.store.db, id))?.crashCount).toBe(2)
      expect((await readEvents(fresh.store.db, { after: 0 })).map((event) => event.kind)).toEqual([
        'job:rescued',
        'job:died',
      ])
    })

    test('a kind that this program does not know never dies here', async () => {
      const { id } = await enqueue({ maxAttempts: 1 })
      await claimOne()
      const rescued = await fresh.store.transaction((tx) =>
        rescueJobs(tx, { now: t0 + 1000, kinds: ['other'] }),
      )
      expect(rescued).toEqual([{ id, state: 'scheduled' }])
    })
  })

  describe('failing', () => {
    test('waits with full jitter under a doubling, capped bound', async () => {
      const { id } = await enqueue({ backoff: { baseMs: 100, capMs: 250 }, maxAttempts: 9 })
      const pauses: number[] = []
      let now = t0
      for (let attempt = 1; attempt <= 4; attempt += 1) {
        const { token } = await claimOne(now)
        await fresh.store.transaction((tx) =>
          failJob(tx, { id, token, error: 'no', now, random: () => 0.999 }),
        )
        const dueAt = (await findJob(fresh.store.db, id))?.dueAt ?? 0
        pauses.push(dueAt - now)
        now = dueAt
        await fresh.store.transaction((tx) => promoteDueJobs(tx, { now }))
      }
      expect(pauses).toEqual([99, 199, 249, 249])
    })

    test('after its last attempt a job is dead with its error, and a retry gives it all its attempts again', async () => {
      const { id } = await enqueue({ maxAttempts: 1 })
      const first = await claimOne()
      const end = await fresh.store.transaction((tx) =>
        failJob(tx, { id, token: first.token, error: 'boom', now: t0 }),
      )
      expect([end, await claim()]).toEqual(['dead', []])
      expect((await listJobs(fresh.store.db, { state: 'dead' }))[0]?.lastError).toBe('boom')
      expect(await fresh.store.transaction((tx) => retryJob(tx, { id, now: t0 }))).toBe(true)
      expect(await fresh.store.transaction((tx) => retryJob(tx, { id, now: t0 }))).toBe(false)
      const second = await claimOne()
      expect(second.token).toBeGreaterThan(first.token)
      await fresh.store.transaction((tx) => completeJob(tx, { id, token: second.token, now: t0 }))
      expect(await state(id)).toBe('succeeded')
    })

    test('a final failure skips the attempts that are left, and a given time replaces the backoff', async () => {
      const { id } = await enqueue()
      const { token } = await claimOne()
      await fresh.store.transaction((tx) =>
        failJob(tx, { id, token, error: 'limit', now: t0, retryAt: t0 + 77 }),
      )
      expect((await findJob(fresh.store.db, id))?.dueAt).toBe(t0 + 77)
      await fresh.store.transaction((tx) => promoteDueJobs(tx, { now: t0 + 77 }))
      const again = await claimOne(t0 + 77)
      const end = fresh.store.transaction((tx) =>
        failJob(tx, { id, token: again.token, error: 'x', now: t0, final: true }),
      )
      expect(await end).toBe('dead')
    })
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

  describe('needs', () => {
    test('a job is blocked until all it needs has succeeded', async () => {
      const a = await enqueue()
      const b = await enqueue()
      const c = await enqueue({ needs: [a.id, b.id, a.id] })
      expect(await state(c.id)).toBe('blocked')
      for (const job of await claim()) {
        expect(await state(c.id)).toBe('blocked')
        await fresh.store.transaction((tx) => completeJob(tx, { id: job.id, token: job.token, now: t0 }))
      }
      expect(await state(c.id)).toBe('ready')
    })

    test('one whose own time has not come is scheduled then', async () => {
      const a = await enqueue()
      const b = await enqueue({ needs: [a.id], dueAt: t0 + 100 })
      const { token } = await claimOne()
      await fresh.store.transaction((tx) => completeJob(tx, { id: a.id, token, now: t0 }))
      expect(await state(b.id)).toBe('scheduled')
    })

    test('what has succeeded already is not waited for; what does not exist is refused', async () => {
      const a = await enqueue()
      const { token } = await claimOne()
      await fresh.store.transaction((tx) => completeJob(tx, { id: a.id, token, now: t0 }))
      expect(await state((await enqueue({ needs: [a.id] })).id)).toBe('ready')
      await expect(enqueue({ needs: ['nobody'] })).rejects.toMatchObject({ code: 'NO_SUCH_JOB' })
    })

    test('cancelling a job cancels all that need it, and fences its worker off', async () => {
      const a = await enqueue()
      const b = await enqueue({ needs: [a.id] })
      const c = await enqueue({ needs: [b.id] })
      const { token } = await claimOne()
      expect(await fresh.store.transaction((tx) => cancelJob(tx, { id: a.id, now: t0 }))).toBe(true)
      expect([await state(a.id), await state(b.id), await state(c.id)]).toEqual([
        'cancelled',
        'cancelled',
        'cancelled',
      ])
      const late = fresh.store.transaction((tx) => completeJob(tx, { id: a.id, token, now: t0 }))
      await expect(late).rejects.toMatchObject({ code: 'LEASE_LOST' })
      expect(await fresh.store.transaction((tx) => cancelJob(tx, { id: a.id, now: t0 }))).toBe(false)
    })

    test('a dead need keeps its dependants blocked, and a retry that succeeds lets them go', async () => {
      const a = await enqueue({ maxAttempts: 1 })
      const b = await enqueue({ needs: [a.id] })
      const first = await claimOne()
      await fresh.store.transaction((tx) =>
        failJob(tx, { id: a.id, token: first.token, error: 'x', now: t0 }),
      )
      expect(await state(b.id)).toBe('blocked')
      await fresh.store.transaction((tx) => retryJob(tx, { id: a.id, now: t0 }))
      const second = await claimOne()
      await fresh.store.transaction((tx) => completeJob(tx, { id: a.id, token: second.token, now: t0 }))
      expect(await state(b.id)).toBe('ready')
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
