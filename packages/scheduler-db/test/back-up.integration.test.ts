import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { backUpStore, enqueueJob, enqueueJobs, listBackups, listJobs, openStore } from '../src/index.ts'
import { startWorker, until } from './processes.ts'

let folder: string
let url: string
let target: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tmo-store-'))
  url = `sqlite:${join(folder, 'tmo.db')}`
  target = join(folder, 'tmo.db.backup-1')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const job = (payload: string): { queue: string; kind: string; payload: string } => ({
  queue: 'q',
  kind: 'k',
  payload,
})

test('a backup of a database that is written to without pause is whole, and nobody waited for it', async () => {
  const store = await openStore({ url, durability: 'fast' })
  const many = Array.from({ length: 15_000 }, () => job('x'.repeat(1_000)))
  await store.transaction((tx) => enqueueJobs(tx, many, { now: 1 }))
  const worker = startWorker(['write', url])
  await until(() => worker.lines.length > 20)
  const before = worker.lines.length
  let own = 0
  let isOver = false
  const writing = (async () => {
    while (!isOver) {
      await store.transaction((tx) => enqueueJob(tx, job('own'), { now: 1 }))
      own += 1
      await new Promise(setImmediate)
    }
  })()
  await backUpStore({ url, target })
  isOver = true
  await writing
  const during = worker.lines.length
  worker.child.kill('SIGKILL')
  await worker.ended
  await store.close()
  expect(own).toBeGreaterThan(0)
  expect(during).toBeGreaterThanOrEqual(before)
  const copy = await openStore({ url: target, checkMaxBytes: 100_000_000 })
  const kept = await listJobs(copy.db, { limit: 99_999 })
  expect(kept.length).toBeGreaterThanOrEqual(many.length + 1)
  const acknowledged = worker.lines.slice(0, before).flatMap((line) => line['enqueued'] ?? [])
  const ids = new Set(kept.map(({ id }) => id))
  expect(acknowledged.filter((id) => !ids.has(String(id)))).toEqual([])
  await copy.close()
  expect(listBackups(join(folder, 'tmo.db'))).toEqual([target])
})

test('a backup replaces nothing, leaves nothing half made, and needs a database', async () => {
  await expect(backUpStore({ url, target })).rejects.toMatchObject({ code: 'UNWRITABLE' })
  await (await openStore({ url })).close()
  writeFileSync(target, 'mine')
  await expect(backUpStore({ url, target })).rejects.toMatchObject({
    code: 'UNWRITABLE',
    message: expect.stringContaining('already'),
  })
  await expect(backUpStore({ url, target: join(folder, 'no', 'folder') })).rejects.toThrow()
  const names = readdirSync(folder).filter((name) => !/-(wal|shm)$/.test(name))
  expect(names.toSorted()).toEqual(['tmo.db', 'tmo.db.backup-1'])
  expect(existsSync(join(folder, 'no'))).toBe(false)
})

test('a server is told to make its own', async () => {
  await expect(backUpStore({ url: 'postgres://localhost/x', target })).rejects.toMatchObject({
    code: 'BAD_ADDRESS',
  })
})
