import { mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { openPasteSource } from './paste-source.ts'

const before = process.env['TMPDIR']
let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tmo-'))
  process.env['TMPDIR'] = folder
})
afterEach(() => {
  if (before === undefined) delete process.env['TMPDIR']
  else process.env['TMPDIR'] = before
  rmSync(folder, { recursive: true })
})

const put = (name: string, ageMs: number): void => {
  writeFileSync(join(folder, name), 'the text of a message')
  const at = (Date.now() - ageMs) / 1_000
  utimesSync(join(folder, name), at, at)
}

it('what a process that was killed in the middle of a paste left is removed, and nothing else', async () => {
  put('tmo-paste-of-an-hour-ago', 3_600_000)
  put('tmo-paste-under-way', 5_000)
  put('somebody-elses', 3_600_000)
  const short = await openPasteSource('b', 'short')
  await short.release()
  expect(readdirSync(folder)).toHaveLength(3)
  const long = await openPasteSource('b', 'x'.repeat(5_000))
  expect(readdirSync(folder)).toHaveLength(3)
  await long.release()
  expect(readdirSync(folder).toSorted()).toEqual(['somebody-elses', 'tmo-paste-under-way'])
})
