import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { claimJobs, completeJob, enqueueJob, enqueueJobs, openStore } from '../dist/index.js'

/** A daemon runs for days: what is measured is compiled code. */
export async function warmUp() {
  const store = await openStore({ url: ':memory:' })
  await repeat(1_000, () => apiCycle(store))
  await store.transaction((tx) =>
    enqueueJobs(
      tx,
      Array.from({ length: 1_000 }, () => ({ queue: 'q', kind: 'k', payload: null })),
      { now: 1 },
    ),
  )
  await repeat(1_000, () => claimAndComplete(store))
  await store.close()
}

/** Enqueues, claims and completes one job, each in its own transaction. */
export async function apiCycle(store) {
  const now = Date.now()
  const { id } = await store.transaction((tx) =>
    enqueueJob(tx, { queue: 'q', kind: 'k', payload: { a: 1 } }, { now }),
  )
  const [job] = await store.transaction((tx) =>
    claimJobs(tx, { queue: 'q', kinds: ['k'], owner: 'bench', leaseMs: 30_000, limit: 1, now }),
  )
  if (job?.id !== id) throw new Error('claimed another job')
  await store.transaction((tx) => completeJob(tx, { id, token: job.token, now }))
}

/** One job, claimed and completed by the store's own ways. */
export async function claimAndComplete(store) {
  const now = Date.now()
  const [job] = await store.claim({
    queue: 'q',
    kinds: ['k'],
    owner: 'bench',
    leaseMs: 30_000,
    limit: 1,
    now,
  })
  await store.complete({ id: job.id, token: job.token, now })
}

/** Milliseconds of `times` runs, one after another. */
export async function repeat(times, work) {
  const started = performance.now()
  for (let count = 0; count < times; count += 1) await work()
  return performance.now() - started
}

/** Gives a folder of its own, and removes it. */
export async function withFolder(work) {
  const folder = mkdtempSync(join(tmpdir(), 'tmo-bench-'))
  try {
    return await work(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** The median of all values beside its target; the spread is the distance from the 10th to the 90th percentile. */
export function figure(name, values, unit, target, isOk) {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]
  const value = round(at(0.5))
  const spread = round((at(0.9) - at(0.1)) / value)
  return {
    package: 'scheduler-db',
    name,
    value,
    unit,
    target,
    ok: isOk(value),
    samples: values.length,
    spread,
  }
}

const round = (value) => Number(value.toPrecision(4))
