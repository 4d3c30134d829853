import { expect, test } from 'vitest'
import { killAtRandom } from '../test/kill-at-random.ts'

const slice = process.env['TMO_SLICE']
const kills = slice === undefined ? 120 : 30
const seed = slice === undefined ? 7 : Number(slice)

test(`after ${kills} kills in the middle of adding and removing, the worktree can be had and nothing is left half made (seed ${seed})`, async () => {
  const report = await killAtRandom({ kills, files: 400, seed })
  expect(report.problems).toEqual([])
  expect(report.inAdd).toBeGreaterThan(kills / 6)
  expect(report.inRemove).toBeGreaterThan(kills / 6)
})
