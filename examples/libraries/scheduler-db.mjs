import { claimJobs, completeJob, enqueueJob, openStore, processOwner } from '@tmux-orchestrator/scheduler-db'

const store = await openStore({ url: ':memory:' })
const now = store.now()
const work = { queue: 'mail', kind: 'greet', payload: { name: 'Ada' } }
const { id } = await store.transaction((tx) => enqueueJob(tx, { ...work, dedupeKey: 'ada' }, { now }))
const again = await store.transaction((tx) => enqueueJob(tx, { ...work, dedupeKey: 'ada' }, { now }))
console.log('asked twice, one job:', id === again.id)

const claim = { queue: 'mail', kinds: ['greet'], owner: processOwner(), leaseMs: 30_000, limit: 10, now }
const jobs = await store.transaction((tx) => claimJobs(tx, claim))
for (const { token, payload } of jobs) {
  console.log('greeting', payload)
  await store.transaction((tx) => completeJob(tx, { id, token, result: 'sent', now: store.now() }))
}
console.log('left to do:', (await store.transaction((tx) => claimJobs(tx, claim))).length)
await store.close()
