import { copyFileSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { listPublished } from '../published-packages.mjs'
import { root } from '../say.mjs'
import { Consumer } from './consumer.ts'
import { packOnce } from './pack-once.ts'
import { run } from './run.ts'

const examples = join(root, 'examples/libraries')
const programs = readdirSync(examples).sort()
const libraries = listPublished().filter(({ directory }) => directory.includes('/packages/'))
const linesMax = 20

let folder: string
let consumer: Consumer

/** Where npm here takes other people's packages from, and keeps what it has had. */
async function setting(name: string): Promise<string> {
  return (await run('npm', ['config', 'get', name], { cwd: folder, env: process.env })).trim()
}

/** What examples/README.md shows below the heading of a program. */
function shownOutput(program: string): string {
  const readme = readFileSync(join(root, 'examples/README.md'), 'utf8')
  const [, section = ''] = readme.split(`(libraries/${program})\n`)
  return /^```\n([\s\S]*?)^```/m.exec(section)?.[1] ?? ''
}

it('every library has a program of at most twenty lines, which imports it', () => {
  expect(programs).toEqual(libraries.map(({ directory }) => `${basename(directory)}.mjs`).sort())
  for (const { name, directory } of libraries) {
    const text = readFileSync(join(examples, `${basename(directory)}.mjs`), 'utf8')
    expect(text).toMatch(new RegExp(`from '${name}[/']`))
    expect(text.trimEnd().split('\n').length, name).toBeLessThanOrEqual(linesMax)
  }
})

describe('from the tarballs alone', () => {
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tmo-examples-'))
    consumer = new Consumer(folder, { registry: await setting('registry'), cache: await setting('cache') })
    consumer.env['npm_config_prefer_offline'] = 'true'
    await consumer.install(...(await packOnce(libraries.map(({ directory }) => directory))))
    for (const program of programs) copyFileSync(join(examples, program), join(folder, program))
  })
  afterAll(() => rm(folder, { recursive: true, force: true, maxRetries: 10 }))

  it('every program has the types that it uses', async () => {
    await consumer.check(programs)
  })

  it.each(programs)('%s prints what examples/README.md shows', async (program) => {
    expect(await consumer.node(program)).toBe(shownOutput(program))
  })
})
