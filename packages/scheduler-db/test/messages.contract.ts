import { describe, expect, test } from 'vitest'
import {
  acquireLease,
  appendEvent,
  beat,
  claimOutbox,
  type Event,
  listHeartbeats,
  listOutbox,
  nextDueAt,
  type OutboxMessage,
  openStore,
  putOutbox,
  readEvents,
  readLease,
  recordSeen,
  releaseLease,
  renewLease,
  rescueOutbox,
  type Store,
  settleOutbox,
} from '../src/index.ts'
import { freshStore, type OpenTemporaryStore } from './fresh-store.ts'

export function messagesContract(open: OpenTemporaryStore): void {
  const fresh = freshStore(open)

  const t0 = 1_800_000_000_000

  describe('outbox', () => {
    const put = (target: string, key: string, dueAt?: number): Promise<{ id: string; created: boolean }> =>
      fresh.store.transaction((tx) =>
        putOutbox(tx, { target, body: `to ${target}`, idemKey: key, dueAt }, { now: t0 }),
      )
    const claim = (now = t0, more: object = {}): Promise<readonly OutboxMessage[]> =>
      fresh.store.transaction((tx) => claimOutbox(tx, { owner: 'o', leaseMs: 1000, limit: 10, now, ...more }))

    test('a message put twice is one message', async () => {
      const first = await put('a', 'k')
      expect(await put('b', 'k')).toEqual({ id: first.id, created: false })
      expect(await listOutbox(fresh.store.db)).toMatchObject([
        { id: first.id, target: 'a', state: 'pending' },
      ])
    })

    test('each target gets its messages one after another, in their order', async () => {
      const [a1, a2, b1] = [await put('a', '1'), await put('a', '2'), await put('b', '3')]
      const first = await claim()
      expect(first.map((message) => message.id)).toEqual([a1.id, b1.id])
      expect(await claim()).toEqual([])
      const token = first[0]?.token ?? 0
      await fresh.store.transaction((tx) =>
        settleOutbox(tx, { id: a1.id, token, state: 'submitted', now: t0 }),
      )
      expect((await claim()).map((message) => message.id)).toEqual([a2.id])
    })

    test('a message that waits for its next attempt is not overtaken; one for later is', async () => {
      const [a1, a2] = [await put('a', '1'), await put('a', '2')]
      const token = (await claim())[0]?.token ?? 0
      const again = { id: a1.id, token, state: 'pending', reason: 'dialog', dueAt: t0 + 50, now: t0 } as const
      await fresh.store.transaction((tx) => settleOutbox(tx, again))
      expect(await claim()).toEqual([])
      expect(await nextDueAt(fresh.store.db, { now: t0 })).toBe(t0 + 50)
      expect(await claim(t0 + 50)).toMatchObject([{ id: a1.id, attempt: 2, reason: 'dialog' }])
      await put('b', '3', t0 + 9999)
      const b2 = await put('b', '4')
      expect((await claim()).map((message) => message.id)).toEqual([b2.id])
      expect(a2.created).toBe(true)
    })

    test('a sender that was lost leaves `unknown`, never `pending`, and its late word is refused', async () => {
      const { id } = await put('a', '1')
      const token = (await claim())[0]?.token ?? 0
      expect(await fresh.store.transaction((tx) => rescueOutbox(tx, { now: t0 + 999 }))).toEqual([])
      expect(await fresh.store.transaction((tx) => rescueOutbox(tx, { now: t0 + 1000 }))).toEqual([id])
      expect(await listOutbox(fresh.store.db, { state: 'unknown' })).toMatchObject([
        { id, reason: 'the sender was lost' },
      ])
      const late = fresh.store.transaction((tx) =>
        settleOutbox(tx, { id, token, state: 'submitted', now: t0 }),
      )
      await expect(late).rejects.toMatchObject({ code: 'LEASE_LOST' })
      expect(await claim(t0 + 1000)).toEqual([])
      const verifying = await claim(t0 + 1000, { from: 'unknown' })
      expect(verifying).toMatchObject([{ id, state: 'sending' }])
      expect(verifying[0]?.token).toBeGreaterThan(token + 1)
    })

    test('a sender that is gone is not waited for', async () => {
      const { id } = await put('a', '1')
      await claim()
      const rescued = await fresh.store.transaction((tx) =>
        rescueOutbox(tx, { now: t0, isOwnerDead: () => true }),
      )
      expect(rescued).toEqual([id])
    })

    test('only asked targets are claimed', async () => {
      await put('a', '1')
      const { id } = await put('b', '2')
      expect((await claim(t0, { targets: ['b'] })).map((message) => message.id)).toEqual([id])
      expect(await claim(t0, { targets: [] })).toEqual([])
    })
  })

  test('an effect that is recorded in its own transaction happens once', async () => {
    let effects = 0
    for (let time = 0; time < 3; time += 1) {
      await fresh.store.transaction(async (tx) => {
        if (await recordSeen(tx, { consumer: 'c', idemKey: 'k', now: t0 })) effects += 1
      })
    }
    expect(effects).toBe(1)
    expect(
      await fresh.store.transaction((tx) => recordSeen(tx, { consumer: 'd', idemKey: 'k', now: t0 })),
    ).toBe(true)
  })

  describe('leases', () => {
    const acquire = (owner: string, now: number): Promise<{ token: number } | undefined> =>
      fresh.store.transaction((tx) => acquireLease(tx, { name: 'writer', owner, ttlMs: 100, now }))

    test('one holds it, its token rises with each new holder, and a release does not lower it', async () => {
      expect(await acquire('a', t0)).toEqual({ token: 1 })
      expect(await acquire('b', t0 + 99)).toBeUndefined()
      expect(await acquire('b', t0 + 100)).toEqual({ token: 2 })
      expect(
        await fresh.store.transaction((tx) => releaseLease(tx, { name: 'writer', token: 2, now: t0 + 110 })),
      ).toBe(true)
      expect(await acquire('a', t0 + 110)).toEqual({ token: 3 })
    })

    test('its holder keeps the token while it asks again in time', async () => {
      await acquire('a', t0)
      expect(await acquire('a', t0 + 50)).toEqual({ token: 1 })
      expect(await acquire('b', t0 + 120)).toBeUndefined()
      expect(await acquire('a', t0 + 150)).toEqual({ token: 2 })
    })

    test('who lost it can neither renew nor release it', async () => {
      await acquire('a', t0)
      await fresh.store.transaction((tx) =>
        renewLease(tx, { name: 'writer', token: 1, ttlMs: 100, now: t0 + 90 }),
      )
      await acquire('b', t0 + 190)
      const renewed = fresh.store.transaction((tx) =>
        renewLease(tx, { name: 'writer', token: 1, ttlMs: 100, now: t0 + 195 }),
      )
      await expect(renewed).rejects.toMatchObject({ code: 'LEASE_LOST' })
      expect(
        await fresh.store.transaction((tx) => releaseLease(tx, { name: 'writer', token: 1, now: t0 + 195 })),
      ).toBe(false)
      expect(await readLease(fresh.store.db, 'writer')).toEqual({
        name: 'writer',
        owner: 'b',
        token: 2,
        until: t0 + 290,
      })
      expect(await readLease(fresh.store.db, 'nobody')).toBeUndefined()
    })
  })

  test('of each agent the last heartbeat is kept', async () => {
    const at = { agent: 'a', host: 'h', bootId: 'b', pid: 7, pidStart: '9' }
    await fresh.store.transaction((tx) => beat(tx, { ...at, now: t0 }))
    await fresh.store.transaction((tx) => beat(tx, { ...at, pid: 8, status: 'busy', now: t0 + 1 }))
    expect(await listHeartbeats(fresh.store.db)).toEqual([{ ...at, pid: 8, status: 'busy', at: t0 + 1 }])
  })

  test('a reader of events that follows two writers misses none and sees none twice', async () => {
    const other = await openStore({ url: fresh.url })
    const seen: Event[] = []
    let isDone = false
    const read = async (): Promise<void> => {
      for (;;) {
        const last = isDone
        const events = await readEvents(fresh.store.db, { after: seen.at(-1)?.seq ?? 0, limit: 7 })
        seen.push(...events)
        if (last && events.length === 0) return
        await new Promise((resolve) => setImmediate(resolve))
      }
    }
    const write = async (to: Store, name: string): Promise<void> => {
      for (let count = 0; count < 100; count += 1) {
        const work = to.transaction(async (tx) => {
          await appendEvent(tx, { stream: name, kind: 'thing:happened', data: count }, { now: t0 })
          if (count % 10 === 3) throw new Error('undone')
        })
        if (count % 10 === 3) await expect(work).rejects.toThrow('undone')
        else await work
      }
    }
    const reading = read()
    await Promise.all([write(fresh.store, 'a'), write(other, 'b')])
    isDone = true
    await reading
    await other.close()
    const expected = Array.from({ length: 100 }, (_, count) => count).filter((count) => count % 10 !== 3)
    for (const name of ['a', 'b']) {
      expect(seen.filter((event) => event.stream === name).map((event) => event.data)).toEqual(expected)
    }
    const numbers = seen.map((event) => event.seq)
    expect(numbers).toEqual(numbers.toSorted((a, b) => a - b))
  })
}
