import { execFileSync, spawnSync } from 'node:child_process'
import {
  closeSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { utimes } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import Sqlite from 'better-sqlite3'
import { sql } from 'kysely'
import { afterEach, beforeEach, expect, test } from 'vitest'
import {
  backUpStore,
  enqueueJob,
  listJobs,
  type MigrationSet,
  openStore,
  restoreStore,
} from '../src/index.ts'
import { startWorker } from './processes.ts'

let folder: string
let path: string
let url: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tmo-store-'))
  path = join(folder, 'tmo.db')
  url = `sqlite:${path}`
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const opening = (address = url, migrations: readonly MigrationSet[] = []): Promise<unknown> =>
  openStore({ url: address, migrations })

async function fill(): Promise<void> {
  const store = await openStore({ url })
  await store.batch(
    Array.from(
      { length: 200 },
      () => (tx) => enqueueJob(tx, { queue: 'q', kind: 'k', payload: 'x'.repeat(500) }, { now: 1 }),
    ),
  )
  await store.close()
}

test('a path works with and without its scheme, with spaces and letters of any kind', async () => {
  const odd = join(folder, 'ein größerer Ort ☂.db')
  for (const address of [odd, `sqlite:${odd}`]) {
    const store = await openStore({ url: address })
    await store.transaction((tx) => enqueueJob(tx, { queue: 'q', kind: 'k', payload: null }, { now: 1 }))
    await store.close()
  }
  const store = await openStore({ url: odd })
  expect(await listJobs(store.db)).toHaveLength(2)
  await store.close()
})

test.each([['mysql://x'], [''], ['sqlite:'], ['file:///tmp/x']])(
  'an address that means nothing is refused: %j',
  async (address) => {
    await expect(opening(address)).rejects.toMatchObject({ code: 'BAD_ADDRESS' })
  },
)

test('a file that is no database is refused and left as it was', async () => {
  const text = 'Dear diary, '.repeat(2000)
  writeFileSync(path, text)
  await expect(opening()).rejects.toMatchObject({ code: 'NOT_A_DATABASE', hint: expect.any(String) })
  expect(statSync(path).size).toBe(text.length)
})

/** Overwrites pages of jobs; the file's header and size, and its list of tables, are as they were. */
function scribble(): void {
  const { size } = statSync(path)
  const file = openSync(path, 'r+')
  writeSync(file, Buffer.alloc(8_192, 'x'), 0, 8_192, Math.floor((size * 0.85) / 4096) * 4096)
  closeSync(file)
}

test.each([
  ['cut', () => truncateSync(path, Math.floor(statSync(path).size / 2))],
  ['scribbled over', scribble],
])(
  'a file that was %s is found at opening, and the hint leads back to the newest backup',
  async (_, damage) => {
    await fill()
    await backUpStore({ url, target: `${path}.backup-old` })
    await utimes(`${path}.backup-old`, 1, 1)
    const store = await openStore({ url })
    await store.transaction((tx) => enqueueJob(tx, { queue: 'q', kind: 'k', payload: 'newest' }, { now: 1 }))
    await store.close()
    const newest = `${path}.backup-new`
    await backUpStore({ url, target: newest })
    damage()
    const bytes = readFileSync(path)
    await expect(opening()).rejects.toMatchObject({
      code: 'CORRUPT',
      hint: expect.stringContaining(`restore ${newest}`),
    })
    expect(readFileSync(path).equals(bytes)).toBe(true)
    const aside = await restoreStore({ url, from: newest })
    expect(readFileSync(aside ?? '').equals(bytes)).toBe(true)
    const again = await openStore({ url })
    const jobs = await listJobs(again.db, { limit: 999 })
    expect([jobs.length, jobs[0]?.payload]).toEqual([201, 'newest'])
    await again.transaction((tx) => enqueueJob(tx, { queue: 'q', kind: 'k', payload: null }, { now: 1 }))
    await again.close()
  },
)

test('a large file is looked through only when that is asked for', async () => {
  await fill()
  scribble()
  const store = await openStore({ url, checkMaxBytes: 1_000 })
  await store.close()
  await expect(openStore({ url, checkMaxBytes: 1_000_000 })).rejects.toMatchObject({ code: 'CORRUPT' })
})

test('a backup is refused as a database when it is damaged, and nothing is changed', async () => {
  await fill()
  writeFileSync(`${path}.backup-bad`, 'Dear diary, '.repeat(2000))
  await expect(restoreStore({ url, from: `${path}.backup-bad` })).rejects.toMatchObject({
    code: 'NOT_A_DATABASE',
  })
  const store = await openStore({ url })
  expect(await listJobs(store.db, { limit: 999 })).toHaveLength(200)
  await store.close()
  expect(readdirSync(folder).filter((name) => /restored|damaged|partial/.test(name))).toEqual([])
})

test('a database that somebody keeps locked is refused in words, and opens once it is let go', async () => {
  await fill()
  const holder = new Sqlite(path)
  holder.pragma('locking_mode = EXCLUSIVE')
  holder.exec('BEGIN EXCLUSIVE')
  holder.exec('DELETE FROM heartbeat')
  await expect(openStore({ url, busyTimeoutMs: 50 })).rejects.toMatchObject({
    code: 'BUSY',
    hint: expect.any(String),
    message: expect.stringContaining(path),
  })
  holder.exec('COMMIT')
  holder.close()
  const store = await openStore({ url })
  expect(await listJobs(store.db, { limit: 999 })).toHaveLength(200)
  await store.close()
})

test('a folder in place of the file, and a folder that is not there, are named', async () => {
  mkdirSync(path)
  await expect(opening()).rejects.toMatchObject({
    code: 'UNWRITABLE',
    message: expect.stringContaining(path),
  })
  await expect(opening(join(folder, 'missing', 'tmo.db'))).rejects.toMatchObject({ code: 'UNWRITABLE' })
})

test('the database of another program is refused and left as it was', async () => {
  const raw = new Sqlite(path)
  raw.exec('CREATE TABLE cookies (id INTEGER)')
  raw.close()
  await expect(opening()).rejects.toMatchObject({ code: 'FOREIGN_DATABASE' })
  const after = new Sqlite(path)
  expect(after.prepare('SELECT name FROM sqlite_master').all()).toEqual([{ name: 'cookies' }])
  after.close()
})

const notes: MigrationSet = {
  package: 'extra',
  migrations: [
    { name: '0001', up: async (db) => void (await sql`CREATE TABLE note (id TEXT) STRICT`.execute(db)) },
    { name: '0002', up: async (db) => void (await sql`ALTER TABLE note ADD COLUMN at INTEGER`.execute(db)) },
  ],
}

test('a database of a newer program is refused; one with tables of a package that is not asked for is not', async () => {
  const store = await openStore({ url, migrations: [notes] })
  await store.close()
  const older = { ...notes, migrations: notes.migrations.slice(0, 1) }
  await expect(opening(url, [older])).rejects.toMatchObject({
    code: 'NEWER_DATABASE',
    details: { package: 'extra', migration: '0002' },
  })
  const tool = await openStore({ url })
  await tool.close()
})

test('a migration that fails undoes all of its round, and says which one it was', async () => {
  await fill()
  const bad: MigrationSet = {
    package: 'extra',
    migrations: [...notes.migrations, { name: '0003', up: () => Promise.reject(new Error('wrong turn')) }],
  }
  await expect(opening(url, [bad])).rejects.toMatchObject({
    code: 'MIGRATION_FAILED',
    details: { package: 'extra', migration: '0003' },
    message: expect.stringContaining('wrong turn'),
  })
  const store = await openStore({ url, migrations: [notes] })
  expect(await listJobs(store.db, { limit: 999 })).toHaveLength(200)
  await store.close()
})

const hasNamespaces = process.platform === 'linux' && spawnSync('unshare', ['-rm', 'true']).status === 0
const mounted = (options: string): readonly string[] => [
  'unshare',
  '-rm',
  'sh',
  '-c',
  `mount -t tmpfs -o ${options} none "${folder}" && exec "$@"`,
  'sh',
]

test.runIf(hasNamespaces)('a folder that cannot be written to is named', async () => {
  const worker = startWorker(['open', url], { wrapper: mounted('ro') })
  await worker.ended
  expect(worker.lines).toMatchObject([{ name: 'StoreError', code: 'UNWRITABLE', hint: expect.any(String) }])
})

test.runIf(hasNamespaces)(
  'a full disk fails the write alone: all that was acknowledged stays, and it goes on when there is room',
  async () => {
    const worker = startWorker(['fill', url, folder], { wrapper: mounted('size=2m') })
    await worker.ended
    const [result] = worker.lines
    expect(result).toMatchObject({
      failure: { name: 'StoreError', code: 'DISK_FULL', hint: expect.any(String) },
    })
    const acknowledged = Number(result?.['acknowledged'])
    expect(acknowledged).toBeGreaterThan(5)
    expect(result).toMatchObject({
      kept: acknowledged,
      after: acknowledged + 1,
      alone: 'rejected',
      other: 'fulfilled',
    })
  },
)

test('without its native add-on the error says what to run', () => {
  const packageRoot = fileURLToPath(new URL('..', import.meta.url))
  const place = join(realpathSync(folder), 'its place')
  const modules = join(place, 'node_modules')
  const sqlite = realpathSync(join(packageRoot, 'node_modules', 'better-sqlite3'))
  mkdirSync(modules, { recursive: true })
  cpSync(join(packageRoot, 'dist'), join(place, 'dist'), { recursive: true })
  for (const name of ['kysely', 'croner']) {
    symlinkSync(realpathSync(join(packageRoot, 'node_modules', name)), join(modules, name))
  }
  const nested = createRequire(join(sqlite, 'package.json'))
  const { dependencies = {} } = JSON.parse(readFileSync(join(sqlite, 'package.json'), 'utf8'))
  for (const name of Object.keys(dependencies).filter((one) => one !== 'prebuild-install')) {
    symlinkSync(dirname(nested.resolve(`${name}/package.json`)), join(modules, name))
  }
  mkdirSync(join(modules, 'better-sqlite3'))
  for (const name of ['lib', 'package.json']) {
    cpSync(join(sqlite, name), join(modules, 'better-sqlite3', name), { recursive: true })
  }
  writeFileSync(join(place, 'package.json'), '{"type":"module"}')
  const program = `import { openStore } from './dist/index.js'
    await openStore({ url: process.argv[2] }).catch((error) => console.log(JSON.stringify({ code: error.code, hint: error.hint })))`
  writeFileSync(join(place, 'program.js'), program)
  const said = execFileSync(process.execPath, [join(place, 'program.js'), url], { encoding: 'utf8' })
  expect(JSON.parse(said)).toMatchObject({
    code: 'ADDON_MISSING',
    hint: expect.stringContaining(`npm rebuild --prefix '${place}' `),
  })
})
