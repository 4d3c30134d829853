import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'

const run = promisify(execFile)
const home = fileURLToPath(new URL('..', import.meta.url))
const readme = await readFile(join(home, 'README.md'), 'utf8')
const blocks = Array.from(readme.matchAll(/```ts\n([\s\S]*?)```/g), ([, code = '']) => code)
let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(home, 'test', 'tmo-readme-'))
})
afterEach(async () => {
  vi.restoreAllMocks()
  await rm(folder, { recursive: true, force: true })
})

/** Runs one block and answers what it printed. */
async function print(code: string): Promise<string> {
  const said = vi.spyOn(console, 'log').mockImplementation(() => undefined)
  const file = join(folder, 'block.ts')
  await writeFile(file, code)
  await import(file)
  return said.mock.calls.map((words) => words.join(' ')).join('\n')
}

it('the first example prints what stands below it', async () => {
  const [, shown] = /```ts\n[\s\S]*?```\n\n```\n([\s\S]*?)\n```/.exec(readme) ?? []
  expect(shown).toContain('orchestrator')
  expect(await print(blocks[0] ?? '')).toBe(shown)
})

it('the example of settings names the fault as it says', async () => {
  const code = blocks.find((block) => block.includes('parseConfig')) ?? ''
  const [, said] = /BAD_CONFIG (.*)$/m.exec(code) ?? []
  const empty = code.replace('process.env', '{}')
  expect((await print(empty)).split('\n').at(-1)).toBe(`BAD_CONFIG ${said}`)
})

it('every example compiles against the types', async () => {
  expect(blocks.length).toBeGreaterThanOrEqual(4)
  for (const [index, code] of blocks.entries()) {
    await writeFile(join(folder, `example-${index}.ts`), code)
  }
  const from = (name: string, entry = 'index'): string[] => [join(home, '..', name, `src/${entry}.ts`)]
  const paths = {
    '@tmux-orchestrator/worktree/testing': from('worktree', 'testing'),
    '@tmux-orchestrator/*': [join(home, '../*/src/index.ts')],
  }
  const config = {
    extends: join(home, '../../tsconfig.base.json'),
    compilerOptions: { paths, noEmit: true },
    include: ['*.ts'],
  }
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(config))
  const tsc = await run(join(home, '../../node_modules/.bin/tsc'), ['-p', folder]).catch(
    (error: { stdout?: string }) => error,
  )
  expect(tsc.stdout).toBe('')
})

it('every error code is in the table', async () => {
  const source = await readFile(join(home, 'src/errors.ts'), 'utf8')
  const codes = Array.from(source.matchAll(/^ {2}\| '([A-Z_]+)'$/gm), ([, code]) => code)
  expect(codes.length).toBeGreaterThan(15)
  const table = readme.split('## Errors')[1]?.split('\n## ')[0] ?? ''
  expect(codes.filter((code) => !table.includes(`\`${code}\``))).toEqual([])
})
