import { describe, expect, test } from 'vitest'
import {
  completeJob,
  enqueueJob,
  extendLease,
  failJob,
  findJob,
  listJobs,
  promoteDueJobs,
  readEvents,
  releaseJob,
  rescueJobs,
} from '../src/index.ts'
import { freshStore, type OpenTemporaryStore } from './fresh-store.ts'
import { jobDesk, t0 } from './job-desk.ts'

/** Who holds a job, and what becomes of it when that one is lost. */
export function jobLeasesContract(open: OpenTemporaryStore): void {
  const fresh = freshStore(open)
  const { enqueue, claim, claimOne, state } = jobDesk(fresh)

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
}
