import { seeded } from '../seeded.ts'
import type { Operations } from './operations.ts'
import { shipped } from './operations.ts'
import { World } from './world.ts'

export interface Simulation {
  readonly seed: number
  /** What happened, line by line, in words that two runs of one seed share. */
  readonly trace: readonly string[]
  /** The first broken promise; `undefined` when all held. */
  readonly broken: string | undefined
}

/** One life of a store under a clock, a randomness and crashes that all follow from the seed. */
export async function simulate(
  seed: number,
  { operations = shipped, steps = 30 }: { operations?: Operations; steps?: number } = {},
): Promise<Simulation> {
  // The store's own turns are all of one kind; without this a test's deadline would never come.
  await new Promise(setImmediate)
  const world = await World.open(seeded(seed), operations)
  try {
    for (let step = 0; step < steps && world.broken === undefined; step += 1) await world.step()
    if (world.broken === undefined) await world.settle()
    return { seed, trace: world.trace, broken: world.broken }
  } finally {
    await world.close()
  }
}
