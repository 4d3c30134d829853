import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'

const source = fileURLToPath(new URL('../src/index.ts', import.meta.url))
const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8')
const blocks = Array.from(readme.matchAll(/```ts\n([\s\S]*?)```/g), (match) => match[1] ?? '')
let dir: string
const home = process.cwd()

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tmo-readme-'))
  await writeFile(join(dir, 'spec.md'), '# Shop\n- [ ] Write `a.ts`\n')
  process.chdir(dir)
})
afterEach(async () => {
  process.chdir(home)
  vi.restoreAllMocks()
  await rm(dir, { recursive: true, force: true })
})

async function run(block: string): Promise<readonly string[]> {
  const lines: string[] = []
  vi.spyOn(console, 'log').mockImplementation((...words: unknown[]) => {
    lines.push(words.map(String).join(' '))
  })
  const file = join(dir, 'block.ts')
  await writeFile(file, block.replaceAll("'@tmux-orchestrator/team'", JSON.stringify(source)))
  await import(/* @vite-ignore */ pathToFileURL(file).href)
  return lines
}

it('has blocks', () => {
  expect(blocks.length).toBeGreaterThanOrEqual(4)
})

it.each(blocks.map((block, at) => [at, block] as const))(
  'block %i runs and prints what it says',
  async (_, block) => {
    const said = Array.from(block.matchAll(/^\/\/ (.*)$/gm), (match) => match[1])
    const lines = await run(block)
    if (said.length > 0) expect(lines).toEqual(said)
  },
)
