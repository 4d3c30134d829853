import { expect, it } from 'vitest'
import { questionEnd } from './question-end.ts'

const asked = { asked_at: 1_000 }
const now = 60_000
const others = [] as const

it('a question stands while its agent waits, or nobody can tell', () => {
  for (const state of ['waiting-input', 'blocked-permission', 'unknown', 'starting', 'exited'] as const)
    expect(questionEnd(asked, { state, source: 'status-file', at: 5_000, others }, now)).toBeUndefined()
})

it('a question is over at the instant at which its program went on', () => {
  const working = { state: 'working', source: 'status-file', at: 5_000, others } as const
  expect(questionEnd(asked, working, now)).toBe(5_000)
  expect(questionEnd(asked, { ...working, at: now + 1 }, now)).toBe(now)
  // what it did before it asked, and what it does while its dialog opens
  expect(questionEnd(asked, { ...working, at: 900 }, now)).toBeUndefined()
  expect(questionEnd(asked, { ...working, at: 1_100 }, 1_200)).toBeUndefined()
})

it('a question is over once its agent was seen at something else where nothing tells since when', () => {
  const idle = { state: 'idle', source: 'screen', at: now, others } as const
  expect(questionEnd(asked, idle, now)).toBe(now)
  expect(questionEnd(asked, { ...idle, at: 3_000 }, 3_000)).toBeUndefined()
})
