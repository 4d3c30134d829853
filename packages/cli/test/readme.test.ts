import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import ts from 'typescript'
import { afterAll, beforeAll, expect, it } from 'vitest'

const here = new URL('.', import.meta.url).pathname
const readme = await readFile(`${here}../README.md`, 'utf8')
const blocks = [...readme.matchAll(/```ts\n([\s\S]*?)```/g)].map((match) => match[1] ?? '')
let folder = ''

// inside the package, so that the blocks find it by its own name, built as an outsider gets it
beforeAll(async () => {
  folder = await mkdtemp(`${here}readme-`)
  for (const [index, block] of blocks.entries()) await writeFile(`${folder}/block-${index}.ts`, block)
})
afterAll(() => rm(folder, { recursive: true, force: true }))

async function run(argv: readonly string[]): Promise<string> {
  const { outputText } = ts.transpileModule(blocks[0] ?? '', {
    compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2023 },
  })
  await writeFile(`${folder}/block.mjs`, outputText)
  const child = spawn(process.execPath, [`${folder}/block.mjs`, ...argv])
  let out = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      out += chunk.toString()
    })
  }
  await once(child, 'close')
  return out
}

it('the first example prints what the README shows', async () => {
  const shown = /```console\n([\s\S]*?)```/.exec(readme)?.[1] ?? ''
  const sessions = shown.split(/^\$ demo /m).slice(1)
  expect(sessions).toHaveLength(3)
  for (const session of sessions) {
    const [line = '', ...expected] = session.split('\n')
    expect(await run(line.split(' '))).toBe(expected.join('\n'))
  }
})

it('every example has the types that it claims', () => {
  const { config } = ts.readConfigFile(`${here}../../../tsconfig.base.json`, ts.sys.readFile)
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, here)
  const files = blocks.map((_, index) => `${folder}/block-${index}.ts`)
  const program = ts.createProgram(files, { ...options, isolatedDeclarations: false })
  const problems = ts
    .getPreEmitDiagnostics(program)
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'))
  expect(problems).toEqual([])
})
