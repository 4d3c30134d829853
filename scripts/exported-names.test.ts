import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { listEntries, listExportedNames, listLibraries } from './exported-names.mjs'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tmo-exported-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

it('follows what a source exports to where it is declared, and sees whether it is explained', () => {
  const files = {
    'index.ts': "export { type Cart, add as put, tax } from './cart.ts'\nconst a = 1\nexport { a }\n",
    'cart.ts':
      "/** What is bought. */\nexport interface Cart {}\n// no docs\nexport function add(): void {}\nexport { tax } from './tax.ts'\n",
    'tax.ts': '/** In per cent. */\nexport const tax = 19,\n  other = 7\n',
  }
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  const names = listExportedNames(join(folder, 'index.ts'))
  expect(names.map(({ name, file, documented }) => [name, basename(file), documented])).toEqual([
    ['Cart', 'cart.ts', true],
    ['put', 'cart.ts', false],
    ['tax', 'tax.ts', true],
    ['a', 'index.ts', false],
  ])
})

it('every name that a library exports has a comment that says what one gets', () => {
  const names = listLibraries()
    .flatMap(listEntries)
    .flatMap((file) => listExportedNames(file))
  expect(names.length).toBeGreaterThan(500)
  expect(names.filter(({ documented }) => !documented)).toEqual([])
})
