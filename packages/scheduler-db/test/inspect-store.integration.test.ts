import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { inspectStore, openStore } from '../src/index.ts'

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
