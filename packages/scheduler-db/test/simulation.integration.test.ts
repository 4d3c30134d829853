import { expect, test } from 'vitest'
import { forget, plantedBugs } from './simulation/planted-bugs.ts'
import { simulate } from './simulation/simulate.ts'

const seeds = 200

test(`in ${seeds} lives of the store no promise is broken`, async () => {
  for (let seed = 1; seed <= seeds; seed += 1) {
    const { broken, trace } = await simulate(seed)
    if (broken !== undefined) expect.fail(`seed ${seed}: ${broken}\n${trace.slice(-25).join('\n')}`)
  }
})

test('one seed is one life, to the last word', async () => {
  const [one, again, other] = [await simulate(7), await simulate(7), await simulate(8)]
  expect(one.trace.length).toBeGreaterThan(15)
  expect(again.trace).toEqual(one.trace)
  expect(other.trace).not.toEqual(one.trace)
})

test.each(Object.entries(plantedBugs))('a planted bug is found: %s', async (_, operations) => {
  for (let seed = 1; seed <= seeds; seed += 1) {
    forget()
    if ((await simulate(seed, { operations })).broken !== undefined) return
  }
  expect.fail(`${seeds} lives did not find it`)
})
