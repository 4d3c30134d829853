import { readdir, rm, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { isWorktreeError, openRepository, type Repository } from '../src/index.ts'
import { type OwnerRecord, readOwner, writeDraft } from '../src/owner-record.ts'
import { type TemporaryRepository, temporaryRepository } from '../src/testing.ts'
import { cleanEnvironment } from './clean-environment.ts'
import { buildWorkers, type Workers } from './spawn-worker.ts'

let workers: Workers
let temporary: TemporaryRepository
let repository: Repository
let base: string

beforeAll(async () => {
  workers = await buildWorkers()
})
afterAll(() => workers[Symbol.asyncDispose]())
beforeEach(async () => {
  temporary = await temporaryRepository({ files: Object.fromEntries(files(60)) })
  repository = await openRepository(temporary.dir, { env: cleanEnvironment() })
  base = await temporary.git('rev-parse', 'HEAD')
})
afterEach(() => temporary[Symbol.asyncDispose]())

function* files(count: number): Iterable<[string, string]> {
  for (let index = 0; index < count; index += 1)
    yield [`src/${index % 7}/file-${index}.txt`, `${index}\n`.repeat(50)]
}

const leftovers = async (): Promise<readonly string[]> =>
  (await readdir(repository.commonDir)).filter((name) => name.startsWith('tmo'))

test('24 worktrees added by 6 processes at once are all made', async () => {
  const names = Array.from({ length: 24 }, (_, index) => `w${index}`)
  const six = Array.from({ length: 6 }, (_, index) => names.slice(index * 4, index * 4 + 4))
  const running = six.map((four) => workers.spawn('add', temporary.dir, temporary.outside, base, ...four))
  await Promise.all(running.map((worker) => worker.finished()))
  const made = (await repository.listWorktrees()).filter((worktree) => !worktree.main)
  expect(made.map(({ branch }) => branch).sort()).toEqual(names.map((name) => `tmo/many/${name}`).sort())
  for (const { path, locked } of made) {
    expect(locked).toBeUndefined()
    expect(await repository.inspect(path)).toMatchObject({ clean: true, head: base })
  }
  expect(await leftovers()).toEqual([])
})

test('many processes find the same worktree when all of them add it', async () => {
  const running = Array.from({ length: 5 }, () =>
    workers.spawn('add', temporary.dir, temporary.outside, base, 'one'),
  )
  await Promise.all(running.map((worker) => worker.finished()))
  expect(await repository.listWorktrees()).toHaveLength(2)
  expect(await repository.inspect(join(temporary.outside, 'one'))).toMatchObject({ clean: true })
})

test('the lock of a killed process goes to the next one', async () => {
  const holder = workers.spawn('hold', temporary.dir)
  await holder.printed('held')
  const waiting = repository.withLock(() => Promise.resolve('mine'))
  await holder.kill()
  expect(await waiting).toBe('mine')
  expect(await leftovers()).toEqual([])
})

test('the lock of a living process is waited for, then named', async () => {
  const holder = workers.spawn('hold', temporary.dir)
  await holder.printed('held')
  const impatient = await openRepository(temporary.dir, { env: cleanEnvironment(), lockTimeoutMs: 50 })
  const error = await impatient.withLock(() => Promise.resolve()).catch((reason: unknown) => reason)
  expect(isWorktreeError(error, 'LOCK_TIMEOUT') && error.details.owner).toContain(
    `process ${holder.child.pid}`,
  )
  const abort = AbortSignal.timeout(30)
  const stopped = repository.withLock(() => Promise.resolve(), { signal: abort })
  expect(await stopped.catch((reason: unknown) => reason)).toBe(abort.reason)
  await holder.kill()
})

test('a lock left by a process number that now belongs to another program is broken', async () => {
  const record = await recordOfHolder()
  await writeFile(
    join(repository.commonDir, 'tmo.lock'),
    JSON.stringify({ ...record, pid: process.pid, startTime: '1' }),
  )
  expect(await repository.withLock(() => Promise.resolve('mine'))).toBe('mine')
})

test('a lock whose breaker was killed too is broken by the next one', async () => {
  const lock = join(repository.commonDir, 'tmo.lock')
  const dead = { ...(await recordOfHolder()), pid: process.pid, startTime: '1' }
  await writeFile(lock, JSON.stringify({ ...dead, token: 'first' }))
  await writeFile(`${lock}.first.break`, JSON.stringify({ ...dead, token: 'second' }))
  await writeFile(`${lock}.second.break`, JSON.stringify({ ...dead, token: 'third' }))
  await writeFile(`${lock}.elsewhere.new`, JSON.stringify({ ...dead, token: 'fourth' }))
  expect(await repository.withLock(() => Promise.resolve('mine'))).toBe('mine')
  expect(await leftovers()).toEqual([])
})

test('only the holder of the right to break a lock breaks it', async () => {
  const lock = join(repository.commonDir, 'tmo.lock')
  const living = await recordOfHolder()
  await writeFile(lock, JSON.stringify({ ...living, startTime: '1', token: 'first' }))
  await writeFile(`${lock}.first.break`, JSON.stringify({ ...living, token: 'second' }))
  const impatient = await openRepository(temporary.dir, { env: cleanEnvironment(), lockTimeoutMs: 100 })
  await expect(impatient.withLock(() => Promise.resolve())).rejects.toMatchObject({ code: 'LOCK_TIMEOUT' })
  await rm(`${lock}.first.break`)
  expect(await repository.withLock(() => Promise.resolve('mine'))).toBe('mine')
})

test('a draft of a lock goes once its writer is dead, also when nothing was written yet', async () => {
  const writer = await recordOfHolder()
  const alive = await writeDraft(join(repository.commonDir, 'tmo.lock'), { ...writer, token: 'alive' })
  const dead = await writeDraft(join(repository.commonDir, 'tmo.lock'), {
    ...writer,
    startTime: '1',
    token: 'dead',
  })
  await writeFile(dead, '')
  await writeFile(alive, '')
  await repository.withLock(() => Promise.resolve())
  expect(await leftovers()).toEqual([basename(alive)])
})

test('a lock cut short by a power failure is broken', async () => {
  await writeFile(join(repository.commonDir, 'tmo.lock'), '')
  expect(await repository.withLock(() => Promise.resolve('mine'))).toBe('mine')
})

test('the lock of another host is never broken', async () => {
  const lock = join(repository.commonDir, 'tmo.lock')
  await writeFile(lock, JSON.stringify({ ...(await recordOfHolder()), host: 'elsewhere', pid: 999_999_999 }))
  const impatient = await openRepository(temporary.dir, { env: cleanEnvironment(), lockTimeoutMs: 60 })
  await expect(impatient.withLock(() => Promise.resolve())).rejects.toMatchObject({ code: 'LOCK_TIMEOUT' })
})

test('there is never a second holder, while holders are killed at random', async () => {
  const flag = join(temporary.outside, 'flag')
  const steady = Array.from({ length: 3 }, () => workers.spawn('contend', temporary.dir, flag, '40'))
  for (let round = 0; round < 8; round += 1) {
    const victim = workers.spawn('hold', temporary.dir)
    await victim.printed('held')
    await victim.kill()
  }
  await Promise.all(steady.map((worker) => worker.finished()))
  expect(await repository.withLock(() => Promise.resolve('mine'))).toBe('mine')
  expect(await leftovers()).toEqual([])
})

test('calls inside withLock join it, also side by side', async () => {
  const made = await repository.withLock(() =>
    Promise.all(
      ['a', 'b', 'c'].map((name) =>
        repository.addWorktree({ path: join(temporary.outside, name), branch: name, base }),
      ),
    ),
  )
  expect(made.map(({ branch }) => branch)).toEqual(['a', 'b', 'c'])
})

async function recordOfHolder(): Promise<OwnerRecord> {
  const owner = await repository.withLock(() => readOwner(join(repository.commonDir, 'tmo.lock')))
  if (owner === undefined) throw new Error('no lock')
  return owner
}
