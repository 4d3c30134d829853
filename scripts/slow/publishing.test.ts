import { mkdirSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { listPublished, type Manifest, readManifest } from '../published-packages.mjs'
import { Consumer, placeAddon } from './consumer.ts'
import { publishCopy } from './publish-copy.ts'
import { openRegistry, type Registry } from './registry.ts'
import { openShop } from './shop.ts'
import { isSlice, pickForSlice } from './slice.ts'

const published = listPublished()
const isLibrary = ({ directory }: { readonly directory: string }): boolean => directory.includes('/packages/')
const programs = published.flatMap(({ manifest }) =>
  Object.keys(manifest.bin ?? {}).map((program) => ({ program, name: manifest.name })),
)

const libraries = pickForSlice(published.filter(isLibrary), 2)

let folder: string
let cache: string
let registry: Registry
let said: ReadonlyMap<string, string> = new Map()
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tmo-publish-'))
  cache = join(folder, 'npm-cache')
  if (isSlice) {
    // A release of everything takes longer than a slice has: there it is what is built, as it would be packed.
    const shop = await openShop()
    registry = shop
    cache = shop.cache
    return
  }
  registry = await openRegistry(folder)
  said = await publishCopy(folder, registry.url)
})
afterAll(async () => {
  await registry[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

const openConsumer = (name: string): Consumer => {
  const path = join(folder, name)
  mkdirSync(path)
  return new Consumer(path, { registry: registry.url, cache })
}

const entriesOf = ({ name, exports }: Manifest): readonly string[] =>
  Object.keys(exports)
    .filter((entry) => !entry.endsWith('.json'))
    .map((entry) => name + entry.slice(1))

describe.each(libraries.map((one) => ({ ...one, short: one.name.replace(/^.*\//, '') })))(
  '$short, installed alone',
  ({ name, short, directory }) => {
    let consumer: Consumer
    let manifest: Manifest
    beforeAll(async () => {
      consumer = openConsumer(short)
      await consumer.install(name)
      manifest = readManifest(join(consumer.folder, 'node_modules', name, 'package.json'))
    })

    it('depends on versions that are published, and is a new one after a release', () => {
      const { version } = readManifest(join(directory, 'package.json'))
      expect(manifest.version === version).toBe(isSlice)
      expect(JSON.stringify(manifest)).not.toContain('workspace:')
    })

    it('loads by import and by require()', async () => {
      for (const entry of entriesOf(manifest)) {
        const count = `.length === 0) throw new Error('${entry} gives nothing')`
        await consumer.node('--input-type=module', '-e', `if (Object.keys(await import('${entry}'))${count}`)
        await consumer.node('--input-type=commonjs', '-e', `if (Object.keys(require('${entry}'))${count}`)
      }
    })

    it('has types, and its first example compiles and runs', async () => {
      const [, example = ''] =
        /```ts\n([\s\S]*?)```/.exec(readFileSync(join(directory, 'README.md'), 'utf8')) ?? []
      const others = [...example.matchAll(/from '((?:@[\w-]+\/)?[\w-]+)/g)].map(([, other = '']) => other)
      const needed = others.filter((other) => other.startsWith('@') && other !== name)
      if (needed.length > 0) await consumer.install(...needed)
      const uses = entriesOf(manifest).map(
        (entry, at) =>
          `import * as entry${at} from '${entry}'\n// @ts-expect-error it has a type\nexport const wrong${at}: number = entry${at}\n`,
      )
      await consumer.compile({ 'uses.ts': uses.join(''), 'example.ts': example })
      expect(await consumer.node('compiled/example.js', 'greet', 'Ada')).not.toBe('')
      // what these begin outlives the program that began it
      if (short === 'tmux-driver') await consumer.run('tmux', ['-L', 'demo', 'kill-server'])
      if (short === 'daemon')
        await consumer.node(
          '--input-type=module',
          '-e',
          `const { resolveHome, stopDaemon } = await import('${name}'); await stopDaemon(resolveHome())`,
        )
    })
  },
)

it.skipIf(isSlice)('a release said beforehand what it would publish, and why', () => {
  const dry = said.get('npm run release -- --dry-run')
  for (const { name, manifest } of listPublished(join(folder, 'workspace'))) {
    const before = published.find((one) => one.name === name)?.manifest.version
    const { version } = manifest
    const line = `${name} ${before === version ? version : `${before} → ${version}`}, `.replaceAll('.', '\\.')
    expect(dry).toMatch(new RegExp(`^${line}\\d+\\.\\d kB\n {4}(?:(?:major|minor|patch): \\S|no tag )`, 'm'))
  }
})

// The umbrella has slices of its own.
it.skipIf(isSlice)(
  'installed programs answer --help, and --version with what was published; tmo demo ends with merged work',
  async () => {
    const consumer = openConsumer('programs')
    const names = [...new Set(programs.map(({ name }) => name))]
    const prefix = join(consumer.folder, 'prefix')
    await consumer.run('npm', ['install', '--global', '--prefix', prefix, '--ignore-scripts', ...names])
    const modules = join(prefix, 'lib/node_modules')
    for (const name of names) placeAddon(join(modules, name, 'node_modules'))
    expect(readdirSync(join(prefix, 'bin')).sort()).toEqual(programs.map(({ program }) => program).sort())
    for (const { program, name } of programs) {
      const { version } = readManifest(join(modules, name, 'package.json'))
      expect(await consumer.run(join(prefix, 'bin', program), ['--version'])).toContain(version)
      expect(await consumer.run(join(prefix, 'bin', program), ['--help'])).toContain(program)
    }
    const tmo = async (...argv: readonly string[]): Promise<string> =>
      await consumer.run(join(prefix, 'bin/tmo'), argv)
    try {
      expect(JSON.parse(await tmo('demo', '--json'))).toMatchObject({
        state: 'completed',
        verify: { exitCode: 0 },
      })
    } finally {
      await tmo('stop', '--all')
      await tmo('clean', '--all', '--yes')
    }
  },
)
