import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { inspectStore, openStore } from '../src/index.ts'
import { connectionConfig } from '../src/postgres.ts'
import { type TemporaryPostgres, temporaryPostgres } from '../src/testing.ts'

let folder: string
let path: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tmo-inspect-'))
  path = join(folder, 'tmo.db')
})
afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

const besides = (): readonly string[] => ['-wal', '-shm'].filter((end) => existsSync(`${path}${end}`))

it('leaves no file beside a database that nobody has open, and changes nothing of it', async () => {
  const store = await openStore({ url: path })
  await store.close()
  expect(besides()).toEqual([])
  const [bytes, { mtimeMs }] = [readFileSync(path), statSync(path)]
  expect(await inspectStore({ url: path })).toMatchObject({ isThere: true, isChecked: true, pending: [] })
  expect(besides()).toEqual([])
  expect(readFileSync(path).equals(bytes)).toBe(true)
  expect(statSync(path).mtimeMs).toBe(mtimeMs)
})

it('leaves the files of a database that somebody has open', async () => {
  const store = await openStore({ url: path })
  try {
    const before = besides()
    expect(before).toEqual(['-wal', '-shm'])
    expect(await inspectStore({ url: path })).toMatchObject({ isThere: true, pending: [] })
    expect(besides()).toEqual(before)
  } finally {
    await store.close()
  }
})

describe('of PostgreSQL', () => {
  let postgres: TemporaryPostgres
  let url: string
  beforeAll(async () => {
    postgres = await temporaryPostgres()
  })
  beforeEach(async () => {
    url = await postgres.createSchema()
  })
  afterEach(() => postgres.dropSchema(url))
  afterAll(() => postgres[Symbol.asyncDispose]())

  const ask = async (text: string): Promise<readonly object[]> => {
    const client = new Client(connectionConfig({ url, durability: 'full', waitMs: 10_000 }))
    await client.connect()
    try {
      return (await client.query(text)).rows
    } finally {
      await client.end()
    }
  }
  const tables = (): Promise<readonly object[]> =>
    ask('SELECT tablename FROM pg_tables WHERE schemaname = current_schema() ORDER BY 1')
  const more = { package: 'mine', migrations: [{ name: '0001-mine', up: async () => {} }] }

  it('says what a start would migrate, and makes nothing of it', async () => {
    const empty = await inspectStore({ url, migrations: [more] })
    expect(empty).toMatchObject({ isThere: true, bytes: null, isChecked: false })
    expect(empty.pending.length).toBeGreaterThan(1)
    expect(empty.pending.at(-1)).toBe('mine/0001-mine')
    expect(await tables()).toEqual([])
    const store = await openStore({ url })
    try {
      const made = await tables()
      expect(await inspectStore({ url })).toMatchObject({ isThere: true, pending: [] })
      expect((await inspectStore({ url, migrations: [more] })).pending).toEqual(['mine/0001-mine'])
      expect(await tables()).toEqual(made)
    } finally {
      await store.close()
    }
  })

  it('names the address without its password', async () => {
    const secret = url.replace('tmo@', 'tmo:s3cret@').replace('?', '?password=s3cret&')
    const { database } = await inspectStore({ url: secret })
    expect(database).toContain('postgres://tmo@localhost/postgres')
    expect(database).not.toContain('s3cret')
  })

  it('refuses what a start would refuse, and leaves no connection', async () => {
    const newer = await openStore({ url, migrations: [more] })
    await newer.close()
    const older = { ...more, migrations: [] }
    await expect(inspectStore({ url, migrations: [older] })).rejects.toMatchObject({ code: 'NEWER_DATABASE' })
    await ask('DROP TABLE migration')
    await expect(inspectStore({ url })).rejects.toMatchObject({ code: 'FOREIGN_DATABASE' })
    await expect
      .poll(() =>
        ask(
          "SELECT pid FROM pg_stat_activity WHERE application_name = 'tmux-orchestrator' AND pid <> pg_backend_pid()",
        ),
      )
      .toEqual([])
    await postgres.kill()
    try {
      await expect(inspectStore({ url })).rejects.toMatchObject({ code: 'UNREACHABLE' })
    } finally {
      await postgres.restart()
    }
  })
})
