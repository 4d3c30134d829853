import { seededNumber } from './seeded.ts'

/** All that is left to chance, decided by a seed: the same seed, the same life, the same answers. */
export interface Chance {
  /** True for one in so many; never for 0. */
  oneIn(count: number, ...of: readonly (string | number)[]): boolean
  /** Milliseconds around a middle: from its half to one and a half of it. */
  around(middleMs: number, ...of: readonly (string | number)[]): number
}

/** `life` tells the runs of one conversation apart, so that a crash is not repeated for ever. */
export function createChance(seed: number, life: number): Chance {
  const draw = (of: readonly (string | number)[]): number => seededNumber(seed, life, ...of)
  return {
    oneIn: (count, ...of) => count > 0 && draw(of) % count === 0,
    around: (middleMs, ...of) => middleMs / 2 + (draw(of) / 2 ** 32) * middleMs,
  }
}
