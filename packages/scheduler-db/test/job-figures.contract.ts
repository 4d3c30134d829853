import { expect, test } from 'vitest'
import { completeJob, failJob, promoteDueJobs, readJobFigures } from '../src/index.ts'
import { freshStore, type OpenTemporaryStore } from './fresh-store.ts'
import { jobDesk, t0 } from './job-desk.ts'

/** What a status says that the jobs did. */
export function jobFiguresContract(open: OpenTemporaryStore): void {
  const fresh = freshStore(open)
  const { enqueue, claimOne } = jobDesk(fresh)
  const minute = 60_000

  const work = async (startedAt: number, finishedAt: number): Promise<void> => {
    const { id, token } = await claimOne(startedAt)
    await fresh.store.transaction((tx) => completeJob(tx, { id, token, now: finishedAt }))
  }

  test('nothing happened, and nothing is told of lag', async () => {
    expect(await readJobFigures(fresh.store.db, { now: t0 })).toEqual({
      scheduled: 0,
      ready: 0,
      blocked: 0,
      running: 0,
      dead: 0,
      succeededPerMinute: 0,
    })
  })

  test('jobs are counted by state, the dead and the blocked as well', async () => {
    await enqueue({ maxAttempts: 1 })
    const { id, token } = await claimOne()
    await fresh.store.transaction((tx) => failJob(tx, { id, token, error: 'no', now: t0 }))
    const running = await enqueue()
    await claimOne()
    await enqueue({ needs: [running.id] })
    await enqueue({ dueAt: t0 + minute })
    await enqueue()
    const figures = await readJobFigures(fresh.store.db, { now: t0 })
    expect(figures).toMatchObject({ scheduled: 1, ready: 1, blocked: 1, running: 1, dead: 1 })
  })

  test('what ended in the last minute is counted, and how long the last jobs waited to be started', async () => {
    for (let count = 0; count < 4; count += 1) await enqueue()
    await work(t0, t0 + 1)
    await work(t0 + 40, t0 + 50)
    await work(t0 + 60, t0 + 2 * minute)
    await work(t0 + 900, t0 + 2 * minute)
    const figures = await readJobFigures(fresh.store.db, { now: t0 + 2 * minute + 1 })
    expect(figures).toMatchObject({ succeededPerMinute: 2, lagMsP50: 40, lagMsP99: 900 })
    const later = await readJobFigures(fresh.store.db, { now: t0 + 20 * minute })
    expect(later).toMatchObject({ succeededPerMinute: 0 })
    expect(later).not.toHaveProperty('lagMsP50')
  })

  test('the oldest overdue job is one that waits to be claimed or to be made ready, not one whose time will come', async () => {
    await enqueue({ dueAt: t0 + 5 * minute })
    const overdue = async (now: number): Promise<number | undefined> =>
      (await readJobFigures(fresh.store.db, { now })).oldestOverdueMs
    expect(await overdue(t0 + minute)).toBeUndefined()
    expect(await overdue(t0 + 6 * minute)).toBe(minute)
    await fresh.store.transaction((tx) => promoteDueJobs(tx, { now: t0 + 6 * minute }))
    await enqueue({}, t0 + minute)
    expect(await overdue(t0 + 6 * minute)).toBe(5 * minute)
  })
}
