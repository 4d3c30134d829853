/** @typedef {{ package: string, name: string, value: number, unit: string, target: number | null, ok: boolean | null, samples: number, spread: number }} Figure */

/** Milliseconds of two things that alternate, in the order given and the other way round. */
export async function alternate(rounds, ours, raw, between = async () => undefined) {
  const times = { ours: [], raw: [] }
  for (let round = 0; round < rounds; round += 1) {
    const steps = [
      ['ours', ours],
      ['raw', raw],
    ]
    if (round % 2 === 1) steps.reverse()
    for (const [name, step] of steps) times[name].push(await time(() => step(round)))
    await between(round)
  }
  return { ...times, ratios: times.ours.map((ms, round) => ms / times.raw[round]) }
}

export async function time(work) {
  const startedAt = performance.now()
  await work()
  return performance.now() - startedAt
}

/** @returns {Figure} */
export function figure(name, unit, target, samples) {
  const sorted = samples.toSorted((left, right) => left - right)
  const value = round(sorted[Math.floor(sorted.length / 2)])
  const spread = round(sorted.at(-1) - sorted[0])
  const ok = target === null ? null : value <= target
  return { package: 'worktree', name, value, unit, target, ok, samples: samples.length, spread }
}

const round = (value) => Math.round(value * 1000) / 1000
