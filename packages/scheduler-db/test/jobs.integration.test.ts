import { afterEach, beforeEach, expect, test } from 'vitest'
import type { NoTables } from '../src/index.ts'
import { appendEvent, claimJobs, completeJob, enqueueJob, findJob, readEvents } from '../src/index.ts'
import { type TemporaryStore, temporaryStore } from '../src/testing.ts'

let home: TemporaryStore<NoTables>
beforeEach(async () => {
  home = await temporaryStore()
})
afterEach(async () => {
  await home[Symbol.asyncDispose]()
})

const now = 1_000_000

test('a job goes from enqueued to succeeded', async () => {
  const { store } = home
  const { id } = await store.transaction((tx) =>
    enqueueJob(tx, { queue: 'q', kind: 'k', payload: { a: 1 } }, { now }),
  )
  const jobs = await store.transaction((tx) =>
    claimJobs(tx, { queue: 'q', kinds: ['k'], owner: 'me', leaseMs: 1000, limit: 5, now }),
  )
  expect(jobs).toMatchObject([{ id, payload: { a: 1 }, state: 'running', token: 1, attempt: 1 }])
  await store.transaction((tx) => completeJob(tx, { id, token: 1, result: 'fine', now }))
  expect(await findJob(store.db, id)).toMatchObject({ state: 'succeeded', result: 'fine' })
})

test('events come back in order', async () => {
  const { store } = home
  await store.transaction(async (tx) => {
    await appendEvent(tx, { stream: 's', kind: 'a:b' }, { now })
    await appendEvent(tx, { stream: 't', kind: 'c:d', data: [1] }, { now })
  })
  expect(await readEvents(store.db, { after: 0 })).toMatchObject([
    { kind: 'a:b' },
    { kind: 'c:d', data: [1] },
  ])
})
