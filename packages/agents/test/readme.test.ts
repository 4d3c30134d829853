import { readFile, rm, writeFile } from 'node:fs/promises'
import { afterAll, expect, it, vi } from 'vitest'

const block = new URL('./readme-example.generated.ts', import.meta.url)
afterAll(() => rm(block, { force: true }))

it('the first example of the README runs and prints what it says', async () => {
  const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8')
  const [, code = ''] = /```ts\n([\s\S]*?)```/.exec(readme) ?? []
  await writeFile(block, code)
  const printed = vi.spyOn(console, 'log').mockImplementation(() => undefined)
  try {
    await import(block.href)
    expect(printed.mock.calls).toEqual([['submitted']])
  } finally {
    printed.mockRestore()
  }
})

it('the README names every error code', async () => {
  const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8')
  const errors = await readFile(new URL('../src/errors.ts', import.meta.url), 'utf8')
  const codes = [...errors.matchAll(/^ \* - `([A-Z_]+)`/gm)].map((match) => match[1])
  expect(codes.length).toBeGreaterThan(0)
  for (const code of codes) expect(readme).toContain(`\`${code}\``)
})
