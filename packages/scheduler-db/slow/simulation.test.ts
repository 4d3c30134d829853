import { expect, test } from 'vitest'
import { simulate } from '../test/simulation/simulate.ts'

const slice = process.env['TMO_SLICE']
const lives = slice === undefined ? 10_000 : 200
const first = slice === undefined ? 1 : 1_000_000 + Number(slice) * lives

test(`in ${lives} lives of the store no promise is broken (seeds from ${first})`, async () => {
  for (let seed = first; seed < first + lives; seed += 1) {
    const { broken, trace } = await simulate(seed)
    if (broken !== undefined) expect.fail(`seed ${seed}: ${broken}\n${trace.slice(-25).join('\n')}`)
  }
})
