import { readFile, rm, writeFile } from 'node:fs/promises'
import { expect, test, vi } from 'vitest'

const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8')
const blocks = [...readme.matchAll(/```ts\n([\s\S]*?)```/g)].map((match) => match[1] ?? '')

/** What each block says that it prints, as the comments behind its `console.log`. */
const printed = [[['greet', { name: 'Ada' }]], [], [[['fulfilled', 'rejected']]], [[true]]]

test.each(blocks.map((code, index) => [index + 1, code] as const))(
  'block %i of the README runs and prints what it says',
  async (number, code) => {
    const file = new URL(`./readme-${number}.generated.ts`, import.meta.url)
    const log = vi.spyOn(console, 'log').mockImplementation(() => undefined)
    try {
      await writeFile(file, code)
      await import(file.href)
      expect(log.mock.calls).toEqual(printed[number - 1])
    } finally {
      log.mockRestore()
      await rm(file, { force: true })
    }
  },
)

test('the README names every error code', async () => {
  const errors = await readFile(new URL('../src/errors.ts', import.meta.url), 'utf8')
  const codes = [...errors.matchAll(/^ {2}\| '([A-Z_]+)'/gm)].map((match) => match[1])
  expect(codes.length).toBeGreaterThan(15)
  expect(codes.filter((code) => !readme.includes(`\`${code}\``))).toEqual([])
})
