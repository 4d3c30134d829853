import { expect, test } from 'vitest'
import { killWorkAtRandom } from '../test/kill-work-at-random.ts'

const slice = process.env['TMO_SLICE']
const kills = slice === undefined ? 180 : 9
const seed = slice === undefined ? 11 : Number(slice)

test(`after ${kills} kills in preserving, merging, removing by force and restoring, no edit is lost and all can be done again (seed ${seed})`, async () => {
  const report = await killWorkAtRandom({ kills, seed })
  expect(report.problems).toEqual([])
  expect(report.met['preserve']).toBeGreaterThanOrEqual(kills / 3)
  expect(report.met['merge']).toBeGreaterThanOrEqual(kills / 3)
})
