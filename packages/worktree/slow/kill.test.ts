import { expect, test } from 'vitest'
import { killAtRandom } from '../test/kill-at-random.ts'

test('after 120 kills in the middle of adding and removing, the worktree can be had and nothing is left half made', async () => {
  const report = await killAtRandom({ kills: 120, files: 400, seed: 7 })
  expect(report.problems).toEqual([])
  expect(report.inAdd).toBeGreaterThan(20)
  expect(report.inRemove).toBeGreaterThan(20)
})
