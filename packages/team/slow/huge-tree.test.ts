import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { scanProject } from '../src/scan-project.ts'

let dir: string

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tmo-huge-'))
})
afterEach(() => {
  execFileSync('rm', ['-rf', dir])
})

async function plant(folders: number, filesEach: number): Promise<void> {
  for (let at = 0; at < folders; at += 1) {
    const path = join(dir, `group-${at % 97}`, `folder-${at}`)
    await mkdir(path, { recursive: true })
    for (let file = 0; file < filesEach; file += 500) {
      const batch = Array.from({ length: Math.min(500, filesEach - file) }, (_, of) => `${file + of}.ts`)
      await Promise.all(batch.map((name) => writeFile(join(path, name), '')))
    }
  }
}

const shapes = [
  [1, 100_000],
  [4000, 25],
  [50_000, 2],
] as const
const slice = process.env['TMO_SLICE']
const chosen = shapes.filter((_, at) => slice === undefined || at === Number(slice) % shapes.length)

it.each(chosen)(
  'scans %i folders of %i files within the limit, the same each time',
  async (folders, filesEach) => {
    await plant(folders, filesEach)
    const started = performance.now()
    const profile = await scanProject(dir)
    expect(performance.now() - started).toBeLessThan(50_000)
    expect(profile).toMatchObject({ files: 100_000, codeFiles: 100_000, isTruncated: false, unreadable: 0 })
    expect(await scanProject(dir)).toEqual(profile)
  },
)
