import { expect, test } from 'vitest'
import { liveAtRandom } from '../test/random-life.ts'

const slice = process.env['TMO_SLICE']
const steps = slice === undefined ? 200 : 60
const seeds = slice === undefined ? [1, 2, 3] : [Number(slice)]

test.each(seeds)(
  `in ${steps} random commits, edits, merges, rebases, removals and damages nothing is lost (seed %i)`,
  async (seed) => {
    const { steps: done, problems } = await liveAtRandom({ steps, seed })
    expect(problems, done.slice(-12).join('\n')).toEqual([])
    expect(done).toHaveLength(steps)
  },
)
