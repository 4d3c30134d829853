import { expect, test } from 'vitest'
import {
  claimChange,
  completeChange,
  enqueueChange,
  enqueueJob,
  enqueueJobs,
  findJob,
  listJobs,
  type NewJob,
} from '../src/index.ts'
import { freshStore, type OpenTemporaryStore } from './fresh-store.ts'

/** Jobs in lists, and the ways of the store that need no transaction of the caller. */
export function manyJobsContract(open: OpenTemporaryStore): void {
  const fresh = freshStore(open)
  const now = 1_800_000_000_000
  const job = (payload: number, more: Partial<NewJob> = {}): NewJob => ({
    queue: 'q',
    kind: 'k',
    payload,
    ...more,
  })
  const claim = { queue: 'q', kinds: ['k'], owner: 'me', leaseMs: 1_000, limit: 1, now }
  const put = (jobs: readonly NewJob[]): Promise<readonly { id: string; created: boolean }[]> =>
    fresh.store.transaction((tx) => enqueueJobs(tx, jobs, { now }))

  test('a list of any length is enqueued in its order, whatever else the jobs ask for', async () => {
    const [first] = await put([job(-1, { kind: 'other' })])
    const jobs = Array.from({ length: 157 }, (_, index) => {
      if (index === 70) return job(index, { dedupeKey: 'once' })
      if (index === 71) return job(99_999, { dedupeKey: 'once' })
      return index === 80 ? job(index, { needs: [first?.id ?? ''] }) : job(index)
    })
    const made = await put(jobs)
    expect(made.filter(({ created }) => !created)).toEqual([{ id: made[70]?.id, created: false }])
    const claimed = await fresh.store.claim({ ...claim, limit: 999 })
    const expected = jobs
      .map(({ payload }) => payload)
      .filter((payload) => payload !== 99_999 && payload !== 80)
    expect(claimed.map(({ payload }) => payload)).toEqual(expected)
    expect(await findJob(fresh.store.db, made[80]?.id ?? '')).toMatchObject({ state: 'blocked', depsLeft: 1 })
  })

  test('a list with a job that cannot be enqueues nothing', async () => {
    await expect(put([job(1), job(2, { needs: ['nobody'] })])).rejects.toMatchObject({ code: 'NO_SUCH_JOB' })
    await expect(put([job(1), job(2, { priority: 0.5 })])).rejects.toMatchObject({ code: 'BAD_INPUT' })
    expect(await listJobs(fresh.store.db)).toEqual([])
    expect(await put([])).toEqual([])
  })

  test('claim and complete are whole transactions: the token is demanded, and who needed the job is let go', async () => {
    const [first] = await put([job(1)])
    const [second] = await put([job(2, { needs: [first?.id ?? ''] })])
    const [held] = await fresh.store.claim(claim)
    expect(held).toMatchObject({ id: first?.id, token: 1, state: 'running', owner: 'me' })
    expect(await fresh.store.claim(claim)).toEqual([])
    const id = first?.id ?? ''
    await expect(fresh.store.complete({ id, token: 2, now })).rejects.toMatchObject({ code: 'LEASE_LOST' })
    await fresh.store.complete({ id, token: 1, now, result: { ok: true } })
    expect(await findJob(fresh.store.db, id)).toMatchObject({ state: 'succeeded', result: { ok: true } })
    const [next] = await fresh.store.claim(claim)
    expect(next?.id).toBe(second?.id)
    await fresh.store.complete({ id: next?.id ?? '', token: 1, now })
    await expect(fresh.store.complete({ id, token: 1, now })).rejects.toMatchObject({ code: 'LEASE_LOST' })
  })

  test('of many completed at once those that were lost are named, and the others stand', async () => {
    await put([job(1), job(2), job(3)])
    const jobs = await fresh.store.claim({ ...claim, limit: 3 })
    const [one, two, three] = jobs.map(({ id, token }) => ({ id, token, now }))
    if (one === undefined || two === undefined || three === undefined) throw new Error('three were claimed')
    const [dependent] = await put([job(4, { needs: [one.id, three.id] })])
    expect(await fresh.store.completeAll([one, { ...two, token: 9 }, three])).toEqual([two.id])
    expect((await findJob(fresh.store.db, two.id))?.state).toBe('running')
    expect((await findJob(fresh.store.db, dependent?.id ?? ''))?.state).toBe('ready')
    expect(await fresh.store.completeAll([])).toEqual([])
  })

  test('a batch of changes is one commit in which one that fails is undone alone', async () => {
    const results = await fresh.store.batch([
      enqueueChange([job(1), job(2)], { now }),
      enqueueChange([job(3), job(4, { needs: ['nobody'] })], { now }),
      claimChange({ ...claim, limit: 9 }),
      completeChange({ id: 'nobody', token: 1, now }),
      (tx) => enqueueJob(tx, job(5), { now }),
    ])
    expect(results.map(({ status }) => status)).toEqual([
      'fulfilled',
      'rejected',
      'fulfilled',
      'rejected',
      'fulfilled',
    ])
    const half = [job(7, { dedupeKey: 'half' }), job(8, { needs: ['nobody'] })]
    const alone = await fresh.store.batch([
      enqueueChange([job(6)], { now }),
      enqueueChange(half, { now }),
      completeChange({ id: 'nobody', token: 1, now }),
    ])
    expect(alone).toMatchObject([
      { status: 'fulfilled' },
      { reason: { code: 'NO_SUCH_JOB' } },
      { reason: { code: 'LEASE_LOST' } },
    ])
    const left = (await listJobs(fresh.store.db)).map(({ payload, state }) => `${payload} ${state}`)
    expect(left.toSorted()).toEqual(['1 running', '2 running', '5 ready', '6 ready'])
  })

  test('a batch of completions lets go what needed them, and completes a job that nobody needs', async () => {
    const made = await put([job(1), job(2)])
    const [needed] = made
    await put([job(3, { needs: [needed?.id ?? ''] })])
    const taken = await fresh.store.batch([claimChange({ ...claim, limit: 9 })])
    expect(taken).toMatchObject([{ status: 'fulfilled', value: [{ payload: 1 }, { payload: 2 }] }])
    const results = await fresh.store.batch(
      [...made, needed].map((each) => completeChange({ id: each?.id ?? '', token: 1, now })),
    )
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected'])
    const states = (await listJobs(fresh.store.db)).map(({ payload, state }) => `${payload} ${state}`)
    expect(states.toSorted()).toEqual(['1 succeeded', '2 succeeded', '3 ready'])
  })

  test('while a transaction runs they wait for it; inside of one they are refused', async () => {
    await fresh.store.transaction(async (tx) => {
      await enqueueJob(tx, job(1), { now })
      await expect(fresh.store.claim(claim)).rejects.toMatchObject({ code: 'NESTED_TRANSACTION' })
    })
    const outer = fresh.store.transaction(async (tx) => {
      await enqueueJob(tx, job(2), { now })
    })
    const claimed = fresh.store.claim({ ...claim, limit: 9 })
    await outer
    expect(await claimed).not.toHaveLength(0)
  })

  test('a closed store refuses them', async () => {
    const [made] = await put([job(1)])
    await fresh.store.close()
    await expect(fresh.store.claim(claim)).rejects.toMatchObject({ code: 'CLOSED' })
    await expect(fresh.store.complete({ id: made?.id ?? '', token: 1, now })).rejects.toMatchObject({
      code: 'CLOSED',
    })
  })
}
