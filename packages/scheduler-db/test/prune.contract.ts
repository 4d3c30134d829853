import { expect, test } from 'vitest'
import {
  appendEvent,
  claimJobs,
  completeJob,
  enqueueJob,
  failJob,
  listJobs,
  prune,
  readEvents,
} from '../src/index.ts'
import { freshStore, type OpenTemporaryStore } from './fresh-store.ts'

export function pruneContract(open: OpenTemporaryStore): void {
  const fresh = freshStore(open)

  test('retention removes what ended long ago, a piece at a time, and nothing that waits', async () => {
    const { store } = fresh
    await store.transaction(async (tx) => {
      const put = (payload: string, needs: readonly string[] = []): Promise<{ id: string }> =>
        enqueueJob(tx, { queue: 'q', kind: 'k', payload, needs, maxAttempts: 1 }, { now: 1 })
      const ids = [
        await put('done'),
        await put('done'),
        await put('done'),
        await put('dead'),
        await put('needed'),
      ]
      await put('blocked', [ids[4]?.id ?? ''])
      const jobs = await claimJobs(tx, { queue: 'q', kinds: ['k'], owner: 'o', leaseMs: 9, limit: 5, now: 1 })
      for (const { id, token, payload } of jobs) {
        if (payload === 'done') await completeJob(tx, { id, token, now: 10 })
        else await failJob(tx, { id, token, error: 'x', now: 10 })
      }
      await put('waiting')
      await appendEvent(tx, { stream: 's', kind: 'thing:happened' }, { now: 90 })
    })
    const options = { doneBefore: 50, deadBefore: 50, eventsBefore: 50, limit: 2 }
    expect(await store.transaction((tx) => prune(tx, options))).toEqual({ jobs: 3, messages: 0, events: 2 })
    expect(await store.transaction((tx) => prune(tx, options))).toEqual({ jobs: 1, messages: 0, events: 0 })
    expect((await listJobs(store.db)).map((job) => job.payload)).toEqual(['waiting', 'blocked', 'needed'])
    const left = await readEvents(store.db, { after: 0 })
    expect(left.map((event) => event.kind)).toEqual(['thing:happened'])
    const next = await store.transaction((tx) =>
      appendEvent(tx, { stream: 's', kind: 'thing:happened' }, { now: 1 }),
    )
    expect(next).toBeGreaterThan(left[0]?.seq ?? 0)
  })
}
