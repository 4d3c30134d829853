import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'

const run = promisify(execFile)
const home = new URL('..', import.meta.url).pathname
const readme = await readFile(join(home, 'README.md'), 'utf8')
const blocks = [...readme.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code = '']) => code)
let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(home, 'test', 'tmo-readme-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

test('the first example prints what it says', async () => {
  const [first = ''] = blocks
  const said = vi.spyOn(console, 'log').mockImplementation(() => undefined)
  const file = join(folder, 'first.ts')
  await writeFile(file, first)
  await import(file)
  const printed = said.mock.calls.map((words) => words.join(' '))
  said.mockRestore()
  expect(printed).toEqual([/^\/\/ (.*)$/m.exec(first)?.[1]])
})

test('every example compiles against the types', async () => {
  const given =
    "import type { Repository } from '@tmux-orchestrator/worktree'\ndeclare const repository: Repository\ndeclare const into: string, from: string\n"
  for (const [index, code] of blocks.entries())
    await writeFile(join(folder, `example-${index}.ts`), index === 0 ? code : `${given}${code}export {}\n`)
  const paths = {
    '@tmux-orchestrator/worktree': [join(home, 'src/index.ts')],
    '@tmux-orchestrator/worktree/testing': [join(home, 'src/testing.ts')],
  }
  const config = {
    extends: join(home, '../../tsconfig.base.json'),
    compilerOptions: { paths },
    include: ['*.ts'],
  }
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(config))
  await run(join(home, '../../node_modules/.bin/tsc'), ['-p', folder])
})

test('every error code is in the table', async () => {
  const source = await readFile(join(home, 'src/errors.ts'), 'utf8')
  const codes = [...source.matchAll(/^ {2}([A-Z_]+):/gm)].map(([, code]) => code)
  expect(codes.length).toBeGreaterThan(8)
  for (const code of codes) expect(readme).toMatch(new RegExp(`^\\| \`${code}\` +\\|`, 'm'))
})
