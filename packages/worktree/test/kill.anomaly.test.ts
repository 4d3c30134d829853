import { expect, test } from 'vitest'
import { killAtRandom } from './kill-at-random.ts'

test('after 12 kills in the middle of adding and removing, the worktree can be had and nothing is left half made', async () => {
  const report = await killAtRandom({ kills: 12, files: 150, seed: 1 })
  expect(report.problems).toEqual([])
})
