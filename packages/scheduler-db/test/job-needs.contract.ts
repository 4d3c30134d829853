import { expect, test } from 'vitest'
import { cancelJob, completeJob, failJob, retryJob } from '../src/index.ts'
import { freshStore, type OpenTemporaryStore } from './fresh-store.ts'
import { jobDesk, t0 } from './job-desk.ts'

/** Jobs that wait for other jobs. */
export function jobNeedsContract(open: OpenTemporaryStore): void {
  const fresh = freshStore(open)
  const { enqueue, claim, claimOne, state } = jobDesk(fresh)

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
    await fresh.store.transaction((tx) => failJob(tx, { id: a.id, token: first.token, error: 'x', now: t0 }))
    expect(await state(b.id)).toBe('blocked')
    await fresh.store.transaction((tx) => retryJob(tx, { id: a.id, now: t0 }))
    const second = await claimOne()
    await fresh.store.transaction((tx) => completeJob(tx, { id: a.id, token: second.token, now: t0 }))
    expect(await state(b.id)).toBe('ready')
  })
}
