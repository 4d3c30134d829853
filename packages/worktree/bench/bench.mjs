/**
 * Four worktrees added at once by this package, against four raw `git worktree add` one after another, in a repository of
 * 2000 files; and one inspection against one raw `git status`. The two alternate within each round, so that a change of the
 * machine's load meets both; the figure is the median of the rounds' ratios.
 *
 * Run by itself: node bench/bench.mjs (after a build)
 */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { openRepository } from '../dist/index.js'
import { temporaryRepository } from '../dist/testing.js'

const run = promisify(execFile)
const rounds = 9
const files = 2000
const four = [0, 1, 2, 3]

/** @returns {Promise<{package: string, name: string, value: number, unit: string, target: number | null, ok: boolean | null, samples: number, spread: number}[]>} */
export async function bench() {
  const content = four.map((line) => `line ${line} of a file\n`.repeat(10)).join('')
  const names = Array.from({ length: files }, (_, at) => [
    `folder-${at % 40}/file-${at}.txt`,
    `${at}\n${content}`,
  ])
  const temporary = await temporaryRepository({ files: Object.fromEntries(names) })
  try {
    const repository = await openRepository(temporary.dir)
    const git = (...args) => run('git', ['-C', temporary.dir, ...args])
    const ours = []
    const raw = []
    const inspections = []
    for (let round = 0; round < rounds; round += 1) {
      const steps = [
        () => addOurs(repository, temporary.outside, round),
        () => addRaw(git, temporary.outside, round),
      ]
      if (round % 2 === 1) steps.reverse()
      const first = await time(steps[0])
      const second = await time(steps[1])
      ours.push(round % 2 === 1 ? second : first)
      raw.push(round % 2 === 1 ? first : second)
      inspections.push(await inspectionRatio(repository, join(temporary.outside, `ours-${round}-0`)))
      await removeAll(repository, git, temporary.outside, round)
    }
    const ratios = ours.map((ms, round) => ms / raw[round])
    return [
      figure('add4_vs_sequential', 'ratio', 1, ratios),
      figure('add4_ms', 'ms', null, ours),
      figure('raw4_ms', 'ms', null, raw),
      figure('inspect_vs_status', 'ratio', 1.5, inspections),
    ]
  } finally {
    await temporary[Symbol.asyncDispose]()
  }
}

const addOurs = (repository, folder, round) =>
  Promise.all(
    four.map((at) =>
      repository.addWorktree({
        path: join(folder, `ours-${round}-${at}`),
        branch: `o/${round}/${at}`,
        base: 'HEAD',
      }),
    ),
  )

async function addRaw(git, folder, round) {
  for (const at of four)
    await git(
      'worktree',
      'add',
      '--quiet',
      '-b',
      `r/${round}/${at}`,
      join(folder, `raw-${round}-${at}`),
      'HEAD',
    )
}

async function removeAll(repository, git, folder, round) {
  for (const at of four) {
    await repository.removeWorktree(join(folder, `ours-${round}-${at}`))
    await git('worktree', 'remove', join(folder, `raw-${round}-${at}`))
  }
}

async function inspectionRatio(repository, path) {
  const status = ['-C', path, 'status', '--porcelain=v2', '--branch', '-z']
  const env = { ...process.env, GIT_OPTIONAL_LOCKS: '0' }
  await run('git', status, { env })
  const inspected = await time(() => repository.inspect(path))
  return inspected / (await time(() => run('git', status, { env })))
}

async function time(work) {
  const startedAt = performance.now()
  await work()
  return performance.now() - startedAt
}

function figure(name, unit, target, samples) {
  const sorted = samples.toSorted((left, right) => left - right)
  const value = round(sorted[Math.floor(sorted.length / 2)])
  const spread = round(sorted.at(-1) - sorted[0])
  const ok = target === null ? null : value <= target
  return { package: 'worktree', name, value, unit, target, ok, samples: samples.length, spread }
}

const round = (value) => Math.round(value * 1000) / 1000

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href)
  console.table(await bench())
