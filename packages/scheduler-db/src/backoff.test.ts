import { expect, test } from 'vitest'
import { backoffMs, sleepMs } from './backoff.ts'

const backoff = { baseMs: 1000, capMs: 60_000 }

test('the pause lies anywhere between nothing and a bound that doubles up to the cap', () => {
  expect([1, 2, 3, 4].map((attempt) => backoffMs(backoff, attempt, 0.5))).toEqual([500, 1000, 2000, 4000])
  expect(backoffMs(backoff, 1, 0)).toBe(0)
  expect(backoffMs(backoff, 50, 0.999999)).toBe(59_999)
})

test('a thousand attempts overflow nothing', () => {
  expect(backoffMs({ baseMs: 1000, capMs: Number.MAX_SAFE_INTEGER }, 1000, 0.5)).toBe(500 * 2 ** 30)
})

test('a sleep ends at the instant, is never negative, and never longer than a timer holds', () => {
  expect(sleepMs(1500, { now: 1000 })).toBe(500)
  expect(sleepMs(500, { now: 1000 })).toBe(0)
  expect(sleepMs(undefined, { now: 1000 })).toBe(30_000)
  expect(sleepMs(2 ** 40, { now: 0 })).toBe(30_000)
  expect(sleepMs(2 ** 40, { now: 0, maxMs: 2 ** 35 })).toBe(2 ** 31 - 1)
  expect(sleepMs(undefined, { now: 0, maxMs: Number.POSITIVE_INFINITY })).toBe(2 ** 31 - 1)
})
