import { describe, expect, it } from 'vitest'
import { noUsage, sumTexts, sumTimes, sumUsage, type UsageSum } from './cost.ts'

const told = (change: Partial<UsageSum> = {}): UsageSum => ({
  ...noUsage,
  turns: 2,
  inputTokens: 100,
  outputTokens: 10,
  cachedInputTokens: 1_000,
  costUsd: 0.25,
  ...change,
})

describe('the sum of what agents used', () => {
  it('is the whole where every one tells everything', () => {
    expect(sumUsage([told(), told({ costUsd: 0.5 })])).toEqual({
      turns: 4,
      inputTokens: 200,
      outputTokens: 20,
      cachedInputTokens: 2_000,
      costUsd: 0.75,
      atLeast: [],
    })
  })

  it('is at least what is known where one does not tell, and never takes silence for nothing', () => {
    expect(sumUsage([told(), told({ costUsd: null })])).toMatchObject({ costUsd: 0.25, atLeast: ['costUsd'] })
    expect(sumUsage([told(), noUsage]).atLeast).toEqual([
      'turns',
      'inputTokens',
      'outputTokens',
      'cachedInputTokens',
      'costUsd',
    ])
  })

  it('is unknown where nobody tells, which is not zero', () => {
    expect(sumUsage([noUsage, noUsage])).toEqual(noUsage)
    expect(sumUsage([])).toEqual(noUsage)
    expect(sumUsage([told({ costUsd: 0 })])).toMatchObject({ costUsd: 0, atLeast: [] })
  })

  it('stays a lower bound when it is summed up again', () => {
    const short = sumUsage([told(), told({ costUsd: null })])
    expect(sumUsage([short, told()])).toMatchObject({ costUsd: 0.5, atLeast: ['costUsd'] })
  })
})

it('sums up texts and guesses their tokens once, at the end', () => {
  const one = { count: 1, chars: 5 }
  expect(sumTexts([one, one])).toEqual({ count: 2, chars: 10, estimatedTokens: 3 })
  expect(sumTexts([])).toEqual({ count: 0, chars: 0, estimatedTokens: 0 })
})

it('sums up the time in each activity', () => {
  expect(sumTimes([{ idle: 5, working: 7 }, { idle: 1 }, {}])).toEqual({ idle: 6, working: 7 })
})
