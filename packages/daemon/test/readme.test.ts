import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { homePaths, resolveHome } from '../src/home.ts'
import { stopDaemon } from '../src/stop-daemon.ts'

const text = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
const blocks = [...text.matchAll(/```ts\n(.*?)```/gs)].map(([, code]) => code ?? '')

let root: string
const folders: string[] = []
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'tmo-readme-'))
  vi.stubEnv('TMO_HOME', join(root, 'home'))
})
afterEach(async () => {
  await stopDaemon(resolveHome())
  vi.unstubAllEnvs()
  vi.restoreAllMocks()
  for (const folder of [root, ...folders.splice(0)]) rmSync(folder, { recursive: true, force: true })
})

/** Beside this file, so that the package finds itself by its name. */
function write(): { folder: string; files: readonly string[] } {
  const folder = mkdtempSync(join(import.meta.dirname, '.readme-'))
  const files = blocks.map((code, index) => {
    const file = join(folder, `example-${index}.ts`)
    writeFileSync(file, code)
    return file
  })
  folders.push(folder)
  return { folder, files }
}

it('shows a first example that runs and prints what it says', async () => {
  const printed: string[] = []
  vi.spyOn(console, 'log').mockImplementation((line: string) => void printed.push(line))
  await import(write().files[0] ?? '')
  expect(printed).toEqual([
    `a daemon runs for ${join(root, 'home')} and has answered 1 request`,
    '0 orchestrations',
  ])
  expect(homePaths(resolveHome()).log).toBe(join(root, 'home', 'logs', 'daemon.log'))
})

it('shows examples that compile against the built types', { timeout: 180_000 }, async () => {
  const { folder } = write()
  const config = {
    extends: join(import.meta.dirname, '../../../tsconfig.base.json'),
    include: ['*.ts'],
  }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config))
  const compiler = join(import.meta.dirname, '../../../node_modules/typescript/bin/tsc')
  await promisify(execFile)(process.execPath, [compiler, '-p', folder])
})

it('names every code of its errors', () => {
  const source = readFileSync(new URL('../src/errors.ts', import.meta.url), 'utf8')
  const codes = [...source.matchAll(/^ {2}\| '([A-Z_]+)'/gm)].map(([, code]) => code)
  expect(codes.length).toBeGreaterThan(10)
  for (const code of codes) expect(text).toContain(`\`${code}\``)
})
