import { expect, test } from 'vitest'
import { CommitPace } from './commit-pace.ts'

test('a caller that is alone is never held back', () => {
  const pace = new CommitPace()
  expect(pace.holdMs(1)).toBe(0)
  pace.committed({ calls: 1, waiting: 0, tookMs: 3 })
  expect(pace.holdMs(1)).toBe(0)
})

test('those whom the last commit answered, and those who came meanwhile, are waited for, no longer than it took', () => {
  const pace = new CommitPace()
  pace.committed({ calls: 5, waiting: 3, tookMs: 3 })
  expect([pace.holdMs(7), pace.holdMs(8)]).toEqual([3, 0])
  pace.committed({ calls: 8, waiting: 0, tookMs: 300 })
  expect(pace.holdMs(7)).toBe(4)
})

test('who did not come is waited for a few times more, and then no longer', () => {
  const pace = new CommitPace()
  pace.committed({ calls: 8, waiting: 0, tookMs: 3 })
  let held = 0
  for (let commit = 0; commit < 20; commit += 1) {
    if (pace.holdMs(1) > 0) held += 1
    pace.committed({ calls: 1, waiting: 0, tookMs: 3 })
  }
  expect(held).toBe(7)
  expect(pace.holdMs(1)).toBe(0)
})

test('where a commit is over before they can call again, half of them are waited for', () => {
  const pace = new CommitPace()
  pace.committed({ calls: 4, waiting: 4, tookMs: 0.6 })
  expect([pace.holdMs(3), pace.holdMs(4)]).toEqual([3, 0])
  pace.committed({ calls: 4, waiting: 2, tookMs: 0.6 })
  expect([pace.holdMs(3), pace.holdMs(4)]).toEqual([3, 0])
})

test('a quick disk is not waited for', () => {
  const pace = new CommitPace()
  pace.committed({ calls: 8, waiting: 0, tookMs: 0.1 })
  expect(pace.holdMs(1)).toBe(0)
})
