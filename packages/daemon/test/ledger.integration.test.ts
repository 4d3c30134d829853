import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { orchestratorMigrations } from '@tmux-orchestrator/orchestrator'
import { enqueueJob, openStore } from '@tmux-orchestrator/scheduler-db'
import { temporaryPostgres } from '@tmux-orchestrator/scheduler-db/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { LedgerClient } from '../src/ledger-client.ts'
import { waitFor } from './temporary-home.ts'

let folder: string
let store: LedgerClient

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tmo-ledger-'))
  store = await LedgerClient.open({ url: `sqlite:${join(folder, 'tmo.db')}`, host: 'here' })
})
afterEach(async () => {
  await store.close()
  rmSync(folder, { recursive: true, force: true })
})

describe('the ledger in its thread', () => {
  it('puts all commands of a turn into one commit', async () => {
    const calls = Array.from({ length: 300 }, (_, index) =>
      store.ledger.command('host.register', { owner: `o${index}` }),
    )
    expect(await Promise.all(calls)).toEqual(Array(300).fill(null))
    expect(store.counters).toEqual({ pending: 0, commands: 300, commits: 1, failures: 0 })
    expect((await store.ledger.query('live', null)).owners).toEqual(['o299'])
  })

  it('fails the one command of a commit that is wrong, with its own code, and keeps the others', async () => {
    const outcomes = await Promise.allSettled([
      store.ledger.command('host.register', { owner: 'before' }),
      store.ledger.command('orchestration.desire', { id: 'nobody', desired: 'stop', cause: '-' }),
      store.ledger.command('host.register', { owner: 'after' }),
    ])
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    expect(outcomes[1]).toMatchObject({ reason: { name: 'RemoteError', code: 'NO_SUCH_ORCHESTRATION' } })
    expect((await store.ledger.query('live', null)).owners).toEqual(['after'])
  })

  it('finishes what was asked before it closes, and takes nothing after', async () => {
    const last = store.ledger.command('host.register', { owner: 'last' })
    const closing = store.close()
    await expect(store.ledger.command('host.register', { owner: 'late' })).rejects.toMatchObject({
      code: 'CLOSED',
    })
    expect(await last).toBeNull()
    await closing
    store = await LedgerClient.open({ url: `sqlite:${join(folder, 'tmo.db')}`, host: 'here' })
    expect((await store.ledger.query('live', null)).owners).toEqual(['last'])
  })

  it('refuses alone the call that cannot be copied to another thread', async () => {
    const odd = { owner: (() => 1) as unknown as string }
    const outcomes = await Promise.allSettled([
      store.ledger.command('host.register', odd),
      store.ledger.command('host.register', { owner: 'plain' }),
    ])
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'fulfilled'])
  })

  it('tells of each commit', async () => {
    const seen: number[] = []
    store.events.on('ledger:committed', ({ commands }) => seen.push(commands))
    await store.ledger.command('host.register', { owner: 'a' })
    await store.ledger.command('host.register', { owner: 'b' })
    expect(seen).toEqual([1, 1])
  })

  it('tells everybody when its thread dies: those who wait, those who come later, and the daemon', async () => {
    const lost: Error[] = []
    store.events.on('ledger:lost', ({ error }) => lost.push(error))
    const waiting = store.ledger.command('host.register', { owner: 'a' })
    const refused = expect(waiting).rejects.toMatchObject({
      code: 'STORE_LOST',
      details: { outcome: 'unknown' },
    })
    await store.kill()
    await refused
    await expect(store.ledger.query('live', null)).rejects.toMatchObject({ code: 'STORE_LOST' })
    expect(lost).toHaveLength(1)
  })

  it('tells of a commit by another process within a moment, and of none of its own', async () => {
    let changes = 0
    store.events.on('ledger:changed', () => {
      changes += 1
    })
    await store.ledger.command('host.register', { owner: 'own' })
    expect(changes).toBe(0)
    await using other = await openStore({
      url: `sqlite:${join(folder, 'tmo.db')}`,
      migrations: [orchestratorMigrations],
    })
    const job = { queue: 'here', kind: 'k', payload: null }
    await other.transaction((tx) => enqueueJob(tx, job, { now: Date.now() }))
    await waitFor(() => changes > 0)
  })

  it('keeps the orchestrator’s tables in PostgreSQL as well, and hears of other machines there', async () => {
    await using postgres = await temporaryPostgres()
    const url = await postgres.createSchema()
    const [here, there] = await Promise.all([
      LedgerClient.open({ url, host: 'here' }),
      LedgerClient.open({ url, host: 'there' }),
    ])
    try {
      let changes = 0
      there.events.on('ledger:changed', () => {
        changes += 1
      })
      await Promise.all([
        here.ledger.command('host.register', { owner: 'a' }),
        there.ledger.command('host.register', { owner: 'b' }),
      ])
      await expect(
        here.ledger.command('orchestration.desire', { id: 'nobody', desired: 'stop', cause: '-' }),
      ).rejects.toMatchObject({ code: 'NO_SUCH_ORCHESTRATION' })
      await here.ledger.command('jobs.tick', null)
      expect(await here.jobFigures()).toMatchObject({ ready: 0, succeededPerMinute: 0 })
      await using other = await openStore({ url, migrations: [orchestratorMigrations] })
      const job = { queue: 'there', kind: 'note', payload: { id: 'x' } }
      await other.transaction((tx) => enqueueJob(tx, job, { now: other.now() }))
      await waitFor(() => changes > 0)
      const claim = { owner: 'b', leaseMs: 30_000, limit: 1 }
      expect((await here.ledger.command('jobs.claim', claim)).jobs).toEqual([])
      const { jobs } = await there.ledger.command('jobs.claim', claim)
      expect(jobs).toMatchObject([{ kind: 'note', state: 'running', token: 1 }])
    } finally {
      await Promise.all([here.close(), there.close()])
    }
  })

  it('says with the store’s own code why it cannot open', async () => {
    const failure = LedgerClient.open({ url: 'postgres://localhost/tmo', host: 'here' })
    await expect(failure).rejects.toMatchObject({ name: 'RemoteError', code: 'UNREACHABLE' })
  })
})
