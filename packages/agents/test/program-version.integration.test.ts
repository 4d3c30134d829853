import { readFileSync } from 'node:fs'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { readVersion } from '../src/program-version.ts'

let folder: string
let program: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tmo-version-'))
  program = join(folder, 'program')
})
afterEach(() => rm(folder, { recursive: true, force: true }))

async function install(answer: string): Promise<void> {
  await rm(program, { force: true })
  await writeFile(program, `#!/bin/sh\necho run >> ${folder}/runs\n${answer}\n`)
  await chmod(program, 0o755)
}

const read = () => readVersion([program], { env: process.env })
const runs = () => readFileSync(join(folder, 'runs'), 'utf8').trim().split('\n').length

it('asks a program once, and again when it was replaced', async () => {
  await install('echo 1.0')
  expect([await read(), await read(), runs()]).toEqual(['1.0', '1.0', 1])
  await install('echo 2.0')
  expect([await read(), await read(), runs()]).toEqual(['2.0', '2.0', 2])
})

it('asks again after a failure', async () => {
  await install('exit 1')
  expect([await read(), await read(), runs()]).toEqual([undefined, undefined, 2])
  expect(await readVersion([join(folder, 'none')], { env: process.env })).toBeUndefined()
})
