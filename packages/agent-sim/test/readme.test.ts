import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'

const pages = await Promise.all(
  ['README.md', 'PERSONAS.md', 'CONFORMANCE.md'].map((name) =>
    readFile(join(import.meta.dirname, '..', name), 'utf8'),
  ),
)
const examples = [...pages.join('\n').matchAll(/```ts\n([\s\S]*?)```/g)].map((match) => match[1] ?? '')

test.each(examples)('an example of the README prints what it says: %#', async (code) => {
  const said = [...code.matchAll(/^\/\/ (.*)$/gm)].map((match) => match[1])
  const folder = await mkdtemp(join(tmpdir(), 'tmo-readme-'))
  const log = vi.spyOn(console, 'log').mockImplementation(() => {})
  try {
    const file = join(folder, 'example.ts')
    await writeFile(file, code)
    await import(file)
    expect(log.mock.calls.map((call) => call.join(' '))).toEqual(said)
  } finally {
    log.mockRestore()
    await rm(folder, { recursive: true, force: true })
  }
})

test('the pages have their examples', () => {
  expect(examples).toHaveLength(4)
})
