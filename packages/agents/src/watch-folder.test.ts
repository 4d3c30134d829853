import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { watchFolder } from './watch-folder.ts'

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tmo-watch-'))
})

afterEach(() => rmSync(folder, { recursive: true, force: true }))

it('tells which file of a folder changed, and nothing after it was closed', async () => {
  const changed = vi.fn()
  const watch = watchFolder(folder, changed)
  writeFileSync(join(folder, '1.json'), '{}')
  await vi.waitFor(() => expect(changed).toHaveBeenCalledWith('1.json'))
  watch.close()
  changed.mockClear()
  writeFileSync(join(folder, '2.json'), '{}')
  const other = vi.fn()
  const beside = watchFolder(folder, other)
  writeFileSync(join(folder, '3.json'), '{}')
  await vi.waitFor(() => expect(other).toHaveBeenCalled())
  beside.close()
  expect(changed).not.toHaveBeenCalled()
})

it('tells of a folder that is made later, and of what changes in it', async () => {
  const later = join(folder, 'sessions')
  const changed = vi.fn()
  const watch = watchFolder(later, changed)
  mkdirSync(later)
  await vi.waitFor(() => expect(changed).toHaveBeenCalledWith(), { timeout: 10_000 })
  writeFileSync(join(later, '1.json'), '{}')
  await vi.waitFor(() => expect(changed).toHaveBeenCalledWith('1.json'))
  watch.close()
})

it('goes on with a folder that took the place of the one that it watched', async () => {
  const sessions = join(folder, 'sessions')
  mkdirSync(sessions)
  const changed = vi.fn()
  const watch = watchFolder(sessions, changed)
  rmSync(sessions, { recursive: true })
  await vi.waitFor(() => expect(watch.isWatching()).toBe(false))
  mkdirSync(sessions)
  await vi.waitFor(() => expect(watch.isWatching()).toBe(true), { timeout: 10_000 })
  writeFileSync(join(sessions, '1.json'), '{}')
  await vi.waitFor(() => expect(changed).toHaveBeenCalledWith('1.json'))
  watch.close()
  expect(watch.isWatching()).toBe(false)
})

it('says that it tells nothing of what cannot be watched', () => {
  const watch = watchFolder(join(folder, 'none'), vi.fn())
  expect(watch.isWatching()).toBe(false)
  watch.close()
})
