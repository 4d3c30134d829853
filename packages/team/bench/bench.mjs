import { spawnSync } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { scanProject } from '../dist/index.js'

const files = 100_000
const filesPerFolder = 25
const rounds = 5

/**
 * Figures of this package: a scan of 100,000 files, in milliseconds and over what `find` takes to list them.
 * Needs a build.
 */
export async function bench() {
  const root = await mkdtemp(join(tmpdir(), 'tmo-team-bench-'))
  try {
    await plant(root)
    const scans = []
    const finds = []
    for (let round = 0; round < rounds; round += 1) {
      finds.push(timeSync(() => list(root)))
      scans.push(await time(() => scan(root)))
    }
    const ratios = scans.map((ms, round) => ms / (finds[round] ?? ms))
    return [figure('scan_100k_files_ms', 'ms', 5000, scans), figure('scan_vs_find', 'ratio', 6, ratios)]
  } finally {
    await rm(root, { recursive: true, force: true })
  }
}

async function plant(root) {
  const endings = ['ts', 'py', 'csv', 'tf', 'md', 'test.ts', 'sql', 'json']
  for (let folder = 0; folder < files / filesPerFolder; folder += 1) {
    const path = join(root, `area-${folder % 40}`, `part-${folder % 400}`, `folder-${folder}`)
    await mkdir(path, { recursive: true })
    const names = Array.from(
      { length: filesPerFolder },
      (_, at) => `file-${at}.${endings[at % endings.length]}`,
    )
    await Promise.all(names.map((name) => writeFile(join(path, name), '')))
  }
}

async function scan(root) {
  const profile = await scanProject(root)
  if (profile.files !== files) throw new Error(`scanned ${profile.files} of ${files} files`)
}

function list(root) {
  const { status } = spawnSync('find', [root, '-type', 'f'], { stdio: 'ignore' })
  if (status !== 0) throw new Error(`find ended with ${status}`)
}

async function time(work) {
  const started = performance.now()
  await work()
  return performance.now() - started
}

function timeSync(work) {
  const started = performance.now()
  work()
  return performance.now() - started
}

/** The median, with the distance between the smallest and the largest sample over it. */
function figure(name, unit, target, samples) {
  const sorted = samples.toSorted((a, b) => a - b)
  const value = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
  const spread = ((sorted.at(-1) ?? value) - (sorted[0] ?? value)) / value
  const round = (number) => Math.round(number * 100) / 100
  return {
    package: 'team',
    name,
    value: round(value),
    unit,
    target,
    ok: value <= target,
    samples: samples.length,
    spread: round(spread),
  }
}
