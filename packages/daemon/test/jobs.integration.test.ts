import { processOwner } from '@tmux-orchestrator/scheduler-db'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { DaemonClient, DaemonRequests } from '../src/daemon-requests.ts'
import { startJobWorker } from './job-workers.ts'
import { agent, seedAgent, type TemporaryHome, temporaryHome, waitFor } from './temporary-home.ts'

let place: TemporaryHome
let client: DaemonClient
let queue = ''
let count = 0

beforeAll(async () => {
  place = temporaryHome()
  await seedAgent(place.home)
  ;({ client } = await place.start())
})
afterAll(async () => {
  await place.remove()
})
beforeEach(() => {
  count += 1
  queue = `parcels ${count}`
})

const claim = (leaseMs = 60_000, limit = 1): DaemonRequests['jobs.claim']['args'] => ({
  queue,
  kinds: ['pack'],
  owner: processOwner(),
  leaseMs,
  limit,
})

describe('jobs of other programs', () => {
  it('go from enqueued to done, in the order of their urgency, each with its token', async () => {
    const jobs = [1, 3, 2].map((priority) => ({ queue, kind: 'pack', payload: { priority }, priority }))
    const made = await client.call('jobs.enqueue', { jobs })
    expect(made.jobs.map(({ created }) => created)).toEqual([true, true, true])
    const claimed = (await client.call('jobs.claim', claim(60_000, 5))).jobs
    expect(claimed.map(({ payload }) => payload)).toEqual([{ priority: 3 }, { priority: 2 }, { priority: 1 }])
    for (const { id, token } of claimed) await client.call('jobs.complete', { id, token, result: 'packed' })
    expect((await client.call('jobs.claim', claim())).jobs).toEqual([])
  })

  it('are made all or none', async () => {
    const jobs = [
      { queue, kind: 'pack', payload: 1 },
      { queue, kind: 'pack', payload: 2, needs: ['nobody'] },
    ]
    await expect(client.call('jobs.enqueue', { jobs })).rejects.toMatchObject({ code: 'NO_SUCH_JOB' })
    expect((await client.call('jobs.claim', claim())).jobs).toEqual([])
  })

  it('wait for their time, and for their next attempt, by the daemon’s own clock', async () => {
    const job = { queue, kind: 'pack', payload: null, backoff: { baseMs: 20, capMs: 20 }, maxAttempts: 2 }
    const dueAt = Date.now() + 150
    await client.call('jobs.enqueue', { jobs: [{ ...job, dueAt }] })
    const take = () => waitFor(async () => (await client.call('jobs.claim', claim())).jobs[0])
    const first = await take()
    expect(first.startedAt).toBeGreaterThanOrEqual(dueAt)
    expect(await client.call('jobs.fail', { id: first.id, token: first.token, error: 'no box' })).toEqual({
      state: 'scheduled',
    })
    const second = await take()
    expect(second).toMatchObject({ id: first.id, attempt: 2, lastError: 'no box' })
    expect(await client.call('jobs.fail', { id: second.id, token: second.token, error: 'no box' })).toEqual({
      state: 'dead',
    })
    await client.call('jobs.retry', { id: first.id })
    expect((await take()).id).toBe(first.id)
  })

  it('are not done by a worker that was frozen for longer than its lease: another one did them, once', async () => {
    await client.call('jobs.enqueue', { jobs: [{ queue, kind: 'pack', payload: null }] })
    const frozen = startJobWorker(place, ['hold', queue, '400'])
    const { id } = await waitFor(() => frozen.lines.find((line) => 'claimed' in line) && frozen.lines[0])
    frozen.child.kill('SIGSTOP')
    const other = await waitFor(async () => (await client.call('jobs.claim', claim())).jobs[0])
    expect(other).toMatchObject({ id, attempt: 2, crashCount: 1 })
    await client.call('jobs.complete', { id: other.id, token: other.token, result: 'by another' })
    frozen.child.kill('SIGCONT')
    frozen.child.stdin?.end()
    expect(await frozen.ended).toBe(0)
    expect(frozen.lines.at(-1)).toMatchObject({ refused: 'LEASE_LOST' })
    await expect(client.call('jobs.extend', { id: String(id), token: 1, leaseMs: 9 })).rejects.toMatchObject({
      code: 'LEASE_LOST',
    })
  })

  it('are dead, with their crashes counted, when each of their workers dies', async () => {
    const job = { queue, kind: 'pack', payload: null, maxAttempts: 2, backoff: { baseMs: 1, capMs: 1 } }
    const [made] = (await client.call('jobs.enqueue', { jobs: [job] })).jobs
    const look = async (): Promise<DaemonRequests['jobs']['result']['jobs'][number] | undefined> =>
      (await client.call('jobs', { limit: 100 })).jobs.find(({ id }) => id === made?.id)
    for (const attempt of [1, 2]) {
      await waitFor(async () => (await look())?.state === 'ready')
      const worker = startJobWorker(place, ['hold', queue, '400'])
      await waitFor(() => worker.lines[0])
      worker.child.kill('SIGKILL')
      await worker.ended
      await waitFor(async () => (await look())?.crashCount === attempt)
    }
    expect(await look()).toMatchObject({ state: 'dead', attempt: 2, crashCount: 2 })
    expect((await client.call('jobs.claim', claim())).jobs).toEqual([])
  })

  it('are dead like others when their kind has the name of one of the daemon’s own', async () => {
    const jobs = [{ queue, kind: 'finish', payload: { id: 'nobody' }, maxAttempts: 1 }]
    const [made] = (await client.call('jobs.enqueue', { jobs })).jobs
    const [held] = (await client.call('jobs.claim', { ...claim(), kinds: ['finish'], leaseMs: 1_000 })).jobs
    expect(held?.id).toBe(made?.id)
    await waitFor(async () => {
      const { jobs: all } = await client.call('jobs', { limit: 100 })
      return all.find(({ id }) => id === made?.id)?.state === 'dead'
    })
  })

  it('are refused when the request is wrong', async () => {
    const wrong = [
      ['jobs.claim', { ...claim(), limit: 0 }],
      ['jobs.claim', { ...claim(), kinds: [] }],
      ['jobs.claim', { ...claim(), owner: '' }],
      ['jobs.claim', { ...claim(), leaseMs: 0 }],
      ['jobs.complete', { id: 'x' }],
      ['jobs.extend', { id: 'x', token: 1 }],
      ['jobs.fail', { id: 'x', token: 1 }],
      ['jobs.enqueue', { jobs: [{ queue, kind: 'pack', payload: null, dueAt: 'soon' }] }],
      ['jobs.enqueue', { jobs: 'all' }],
      ['jobs.retry', {}],
    ] as const
    for (const [name, args] of wrong) {
      await expect(client.call(name, args as never), name).rejects.toMatchObject({ code: 'BAD_ARGUMENT' })
    }
  })

  it('never come from, nor go to, the daemon’s own queue', async () => {
    const { host } = await client.status()
    const job = { queue: host, kind: 'note', payload: null }
    await expect(client.call('jobs.enqueue', { jobs: [job] })).rejects.toMatchObject({ code: 'BAD_ARGUMENT' })
    await expect(client.call('jobs.claim', { ...claim(), queue: host })).rejects.toMatchObject({
      code: 'BAD_ARGUMENT',
    })
  })

  it('are not for agents', async () => {
    const as = { agent: agent.address, token: agent.token }
    await expect(client.call('jobs.claim', claim(), { as })).rejects.toMatchObject({ code: 'NOT_ALLOWED' })
  })
})
