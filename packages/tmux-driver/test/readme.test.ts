import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'

let directory: string

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tmo-'))
  vi.stubEnv('TMUX_TMPDIR', directory)
})

afterEach(async () => {
  vi.restoreAllMocks()
  vi.unstubAllEnvs()
  await rm(directory, { recursive: true, force: true })
})

it('the blocks of the README, one after another, print what it says', async () => {
  const text = await readFile(new URL('../README.md', import.meta.url), 'utf8')
  const blocks = [...text.matchAll(/^```ts\n(.*?)^```/gms)].map((match) => match[1])
  expect(blocks.length).toBeGreaterThanOrEqual(5)
  const program = join(directory, 'readme.ts')
  await writeFile(program, blocks.join('\n'))
  const printed: unknown[][] = []
  vi.spyOn(console, 'log').mockImplementation((...values: unknown[]) => {
    printed.push(values)
  })
  await import(pathToFileURL(program).href)
  expect(printed[0]).toEqual([['hello', 'hello']])
  expect(printed).toContainEqual([0, 'panes on a new server'])
})
