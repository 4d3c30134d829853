/**
 * This package against raw git. The two alternate within each round, so that a change of the machine's load meets both; the
 * figure is the median of the rounds' ratios.
 *
 * Run by itself: node bench/bench.mjs (after a build)
 */
import { execFile } from 'node:child_process'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { openRepository } from '../dist/index.js'
import { temporaryRepository } from '../dist/testing.js'
import { benchAdding, benchAdding200 } from './adding.mjs'
import { benchMerging } from './merging.mjs'
import { benchState } from './state.mjs'

const run = promisify(execFile)
const files = 2000

/** @returns {Promise<import('./measure.mjs').Figure[]>} */
export async function bench() {
  const lines = [0, 1, 2, 3].map((line) => `line ${line} of a file\n`.repeat(10)).join('')
  const names = Array.from({ length: files }, (_, at) => [
    `folder-${at % 40}/file-${at}.txt`,
    `${at}\n${lines}`,
  ])
  const temporary = await temporaryRepository({ files: Object.fromEntries(names) })
  try {
    const repository = await openRepository(temporary.dir)
    const git = (...args) =>
      run('git', ['-C', temporary.dir, ...args], { env: { ...process.env, ...temporary.env } })
    const bench = { repository, git, outside: temporary.outside, files }
    const figures = [
      ...(await benchAdding(bench)),
      ...(await benchState(bench)),
      ...(await benchMerging(bench)),
    ]
    return [...figures, ...(await benchAdding200(bench))]
  } finally {
    await temporary[Symbol.asyncDispose]()
  }
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href)
  console.table(await bench())
