import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { enqueueJob, isOwnerGone, listJobs, openStore, putSchedule, rescueJobs } from '../src/index.ts'
import { killLoop } from './kill-loop.ts'
import { runWorkers, startWorker, until } from './processes.ts'

let folder: string
let path: string
let url: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tmo-store-'))
  path = join(folder, 'tmo.db')
  url = `sqlite:${path}`
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

test('after a kill at any instant nothing acknowledged is lost, and the file is whole', async () => {
  const { acknowledged, lost, integrity } = await killLoop(path, { kills: 6, seed: 1 })
  expect(acknowledged).toBeGreaterThan(6)
  expect(lost).toEqual([])
  expect(new Set(integrity)).toEqual(new Set(['ok']))
})

test('the jobs of a killed process are taken back at once, without waiting for their leases', async () => {
  const worker = startWorker(['write', url])
  await until(() => worker.lines.length > 20)
  worker.child.kill('SIGKILL')
  await worker.ended
  const store = await openStore({ url })
  const held = await listJobs(store.db, { state: 'running', limit: 9999 })
  const rescued = await store.transaction((tx) =>
    rescueJobs(tx, { now: Date.now(), isOwnerDead: isOwnerGone }),
  )
  expect(held.length).toBeGreaterThan(0)
  expect(rescued.map((job) => job.id).toSorted()).toEqual(held.map((job) => job.id).toSorted())
  await store.close()
})

test('eight processes that claim at once never get the same job', async () => {
  const store = await openStore({ url })
  await store.batch(
    Array.from(
      { length: 400 },
      (_, count) => (tx) => enqueueJob(tx, { queue: 'q', kind: 'k', payload: count }, { now: Date.now() }),
    ),
  )
  const lines = await runWorkers(Array.from({ length: 8 }, () => ['claim', url]))
  expect(lines).toHaveLength(400)
  expect(new Set(lines.map((line) => line['claimed'])).size).toBe(400)
  expect(await listJobs(store.db, { state: 'succeeded', limit: 999 })).toHaveLength(400)
  await store.close()
})

test('four processes that fire the same schedule make one job per slot', async () => {
  const store = await openStore({ url })
  const schedule = {
    name: 's',
    everyMs: 1000,
    anchorAt: 0,
    kind: 'k',
    queue: 'q',
    payload: null,
    overlap: 'allow',
  } as const
  await store.transaction((tx) => putSchedule(tx, { ...schedule, misfire: 'all' }, { now: 0 }))
  const lines = await runWorkers(Array.from({ length: 4 }, () => ['fire', url]))
  expect(lines.map((line) => Number(line['slotAt']) / 1000).toSorted((a, b) => a - b)).toEqual(
    Array.from({ length: 20 }, (_, index) => index + 1),
  )
  expect(await listJobs(store.db)).toHaveLength(20)
  await store.close()
})

test('eight processes that start at once on an empty file make the schema once', async () => {
  await runWorkers(Array.from({ length: 8 }, () => ['open', url, 'extra']))
  const raw = new Sqlite(path)
  expect(raw.prepare('SELECT package, name FROM migration ORDER BY 1, 2').all()).toEqual([
    { package: 'extra', name: '0001-notes' },
    { package: 'extra', name: '0002-colour' },
    { package: 'scheduler-db', name: '0001-first-schema' },
  ])
  raw.close()
})

test('eight processes that start at once on an old file migrate it once, and the backup beside it is the old one', async () => {
  const old = await openStore({ url })
  await old.transaction((tx) => enqueueJob(tx, { queue: 'q', kind: 'k', payload: 'kept' }, { now: 1 }))
  await old.close()
  await runWorkers(Array.from({ length: 8 }, () => ['open', url, 'extra']))
  const names = readdirSync(folder).filter((name) => !/-(wal|shm)$/.test(name))
  expect(names.toSorted()).toEqual(['tmo.db', 'tmo.db.before-extra-0001-notes'])
  const backup = new Sqlite(join(folder, 'tmo.db.before-extra-0001-notes'), { readonly: true })
  expect(backup.pragma('integrity_check', { simple: true })).toBe('ok')
  expect(backup.prepare('SELECT payload FROM job').all()).toEqual([{ payload: '"kept"' }])
  backup.close()
  const store = await openStore({ url })
  expect(await listJobs(store.db)).toMatchObject([{ payload: 'kept' }])
  await store.close()
})
