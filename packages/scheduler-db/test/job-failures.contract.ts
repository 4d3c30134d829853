import { expect, test } from 'vitest'
import { completeJob, failJob, findJob, listJobs, promoteDueJobs, retryJob } from '../src/index.ts'
import { freshStore, type OpenTemporaryStore } from './fresh-store.ts'
import { jobDesk, t0 } from './job-desk.ts'

/** What becomes of a job whose attempt failed. */
export function jobFailuresContract(open: OpenTemporaryStore): void {
  const fresh = freshStore(open)
  const { enqueue, claim, claimOne, state } = jobDesk(fresh)

  test('waits with full jitter under a doubling, capped bound', async () => {
    const { id } = await enqueue({ backoff: { baseMs: 100, capMs: 250 }, maxAttempts: 9 })
    const pauses: number[] = []
    let now = t0
    for (let attempt = 1; attempt <= 4; attempt += 1) {
      const { token } = await claimOne(now)
      await fresh.store.transaction((tx) => failJob(tx, { id, token, error: 'no', now, random: () => 0.999 }))
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
}
