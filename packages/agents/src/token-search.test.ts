import { appendFileSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { TokenSearch } from './token-search.ts'

let folder: string
let file: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tmo-'))
  file = join(folder, 'c.jsonl')
})
afterEach(() => rmSync(folder, { recursive: true }))

const search = (): TokenSearch => new TokenSearch((line) => line.startsWith('in '))

describe('TokenSearch', () => {
  it('is absent while there is no file, and when only output holds the token', async () => {
    const tokens = search()
    expect(await tokens.find(file, 'abc')).toBe('absent')
    writeFileSync(file, 'out abc\n')
    expect(await tokens.find(file, 'abc')).toBe('absent')
  })

  it('finds a token that is appended later, and finds it again', async () => {
    const tokens = search()
    writeFileSync(file, 'in x\n')
    expect(await tokens.find(file, 'abc')).toBe('absent')
    appendFileSync(file, 'in abc\n')
    expect(await tokens.find(file, 'abc')).toBe('present')
    expect(await tokens.find(file, 'abc')).toBe('present')
  })

  it('waits for the end of a line that is still being written', async () => {
    const tokens = search()
    writeFileSync(file, 'in ab')
    expect(await tokens.find(file, 'abc')).toBe('absent')
    appendFileSync(file, 'c')
    expect(await tokens.find(file, 'abc')).toBe('absent')
    appendFileSync(file, '\n')
    expect(await tokens.find(file, 'abc')).toBe('present')
  })

  it('starts over when the file was replaced by a shorter one', async () => {
    const tokens = search()
    writeFileSync(file, `${'in x\n'.repeat(100)}`)
    expect(await tokens.find(file, 'abc')).toBe('absent')
    truncateSync(file, 0)
    appendFileSync(file, 'in abc\n')
    expect(await tokens.find(file, 'abc')).toBe('present')
  })

  it('finds a token in a line longer than one read', async () => {
    writeFileSync(file, `out\nin ${'x'.repeat(3_000_000)} abc\n`)
    expect(await search().find(file, 'abc')).toBe('present')
  })

  it('is unknown when the path cannot be read as a file', async () => {
    expect(await search().find(folder, 'abc')).toBe('unknown')
  })
})
