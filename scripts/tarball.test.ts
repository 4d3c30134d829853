import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { checkTarball } from './tarball.mjs'

const manifest = {
  name: '@demo/shop',
  version: '0.2.0',
  files: ['dist', 'CHANGELOG.md'],
  exports: {
    '.': { types: './dist/index.d.ts', default: './dist/index.js' },
    './package.json': './package.json',
  },
  bin: { shop: './bin/shop.js' },
  dependencies: { yaml: '^2.0.0' },
  peerDependencies: { pg: '^8.0.0' },
}
const sound: Readonly<Record<string, string>> = {
  'package.json': JSON.stringify(manifest),
  'README.md': '# shop\n',
  LICENSE: 'MIT\n',
  'CHANGELOG.md': '# @demo/shop\n\n## 0.2.0\n\n### Minor Changes\n\n- A cart\n\n## 0.1.1\n',
  'bin/shop.js': "#!/usr/bin/env node\nimport '../dist/index.js'\n",
  'dist/index.d.ts': "import type { Pool } from 'pg'\nexport type { Cart } from './cart.js'\n",
  'dist/cart.d.ts': 'export interface Cart {}\n',
  'dist/index.js':
    "import 'node:fs'\nimport { parse } from 'yaml'\nawait import('pg')\nimport('@demo/shop/package.json')\n//# sourceMappingURL=index.js.map\n",
  'dist/index.js.map': JSON.stringify({ sources: ['../src/index.ts'], sourcesContent: ['export {}'] }),
}
let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tmo-tarball-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** The sound package with some files changed, or left out where they are `undefined`. */
function check(
  changed: Readonly<Record<string, string | undefined>>,
  size = { bytes: 10, bytesMax: 20 as number | undefined },
): readonly string[] {
  for (const [path, text] of Object.entries({ ...sound, ...changed })) {
    if (text === undefined) continue
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  return checkTarball(folder, size)
}

it('finds nothing wrong with what is sound', () => {
  expect(check({})).toEqual([])
})

it('wants no changelog before the first version that changesets make', () => {
  const unreleased = JSON.stringify({ ...manifest, version: '0.1.0' })
  expect(check({ 'package.json': unreleased, 'CHANGELOG.md': undefined })).toEqual([])
})

it.each([
  [{ 'README.md': undefined }, 'README.md is missing'],
  [{ LICENSE: undefined }, 'LICENSE is missing'],
  [{ 'CHANGELOG.md': undefined }, 'CHANGELOG.md is missing'],
  [{ 'CHANGELOG.md': '# @demo/shop\n\n## 0.1.1\n' }, 'CHANGELOG.md does not tell of 0.2.0'],
  [
    { 'package.json': JSON.stringify({ ...manifest, files: ['dist'] }) },
    'package.json: files does not name CHANGELOG.md',
  ],
  [{ 'bin/shop.js': undefined }, 'bin/shop.js is missing, which bin.shop names'],
  [{ 'dist/index.d.ts': undefined }, 'dist/index.d.ts is missing, which exports["."] names'],
  [{ 'dist/cart.d.ts': undefined }, 'dist/cart.d.ts is missing, which dist/index.d.ts imports'],
  [
    { 'package.json': JSON.stringify({ ...manifest, exports: { '.': './dist/index.js' } }) },
    'exports["."] has no types',
  ],
  [
    { 'dist/cart.d.ts': "export type { Kysely } from 'kysely/dist'\n" },
    'kysely is no dependency, and dist/cart.d.ts imports it',
  ],
  [
    { 'bin/shop.js': "await import('@demo/till')\n" },
    '@demo/till is no dependency, and bin/shop.js imports it',
  ],
  [
    { 'dist/index.js.map': undefined },
    'dist/index.js.map is missing, which dist/index.js names as its source map',
  ],
  [
    { 'dist/index.js.map': JSON.stringify({ sources: ['../src/index.ts'] }) },
    'dist/index.js.map points to ../src/index.ts, which is not in the package',
  ],
])('says of %j what is wrong, and nothing else', (changed, problem) => {
  expect(check(changed)).toEqual([problem])
})

it('says in both places what a package without its dist does not have', () => {
  const files = { 'dist/index.js': undefined, 'dist/index.d.ts': undefined }
  expect(check(files)).toEqual([
    'dist/index.d.ts is missing, which exports["."] names',
    'dist/index.js is missing, which exports["."] names',
    'dist/index.js is missing, which bin/shop.js imports',
  ])
})

it('says when it is larger than what is stated, or nothing is stated', () => {
  expect(check({}, { bytes: 21, bytesMax: 20 })).toEqual([
    'it has 21 bytes, and sizes.json states 20 at most',
  ])
  expect(check({}, { bytes: 21, bytesMax: undefined })).toEqual([
    'sizes.json does not state how large it may be',
  ])
})
