import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { writeOnce } from './write-once.ts'

let folder: string
let file: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tmo-write-once-'))
  file = join(folder, 'config.yaml')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const failing = (code: string) => ({
  makeLink: async (): Promise<void> => {
    throw Object.assign(new Error(`${code}: link`), { code })
  },
})

it.each(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'])(
  'writes on a file system that answers a hard link with %s, replaces nothing there, and leaves no draft',
  async (code) => {
    await writeOnce(file, 'one\n', failing(code))
    await expect(writeOnce(file, 'two\n', failing(code))).rejects.toMatchObject({ code: 'EEXIST' })
    expect(readFileSync(file, 'utf8')).toBe('one\n')
    expect(readdirSync(folder)).toEqual(['config.yaml'])
  },
)

it('gives up where the system refuses for another reason, and leaves nothing', async () => {
  await expect(writeOnce(file, 'one\n', failing('EIO'))).rejects.toMatchObject({ code: 'EIO' })
  expect(readdirSync(folder)).toEqual([])
})

it('of many at once one writes', async () => {
  const written = await Promise.allSettled(
    [...'abcdefgh'].map((text) => writeOnce(file, text, failing('EPERM'))),
  )
  expect(written.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  writeFileSync(file, 'mine')
  await expect(writeOnce(file, 'one')).rejects.toMatchObject({ code: 'EEXIST' })
  expect(readFileSync(file, 'utf8')).toBe('mine')
})
