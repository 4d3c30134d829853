import { describe, expect, it } from 'vitest'
import { type Activity, judge, type Signal } from './activity.ts'
import { Steady } from './steady.ts'

const t = 1_795_000_000_000
const said = (signal: Signal): Activity => judge([signal])
const idle = (at: number): Activity => said({ state: 'idle', source: 'status-file', at })
const working = said({ state: 'working', source: 'status-file', at: t })
const title = (at: number): Activity => said({ state: 'idle', source: 'title', at })

describe('two looks before idle', () => {
  it('believes a file that has said it for long enough', () => {
    expect(new Steady().look('a', idle(t - 300), t).state).toBe('idle')
  })

  it('calls a turn that ended a moment ago working, and idle at the next look', () => {
    const steady = new Steady()
    expect(steady.look('a', idle(t), t + 10)).toMatchObject({ state: 'working', others: [{ state: 'idle' }] })
    expect(steady.look('a', idle(t), t + 210).state).toBe('idle')
  })

  it('takes a title, which has no time of its own, for unknown at first sight', () => {
    const steady = new Steady()
    expect(steady.look('a', title(t), t).state).toBe('unknown')
    expect(steady.look('a', title(t + 200), t + 200).state).toBe('idle')
  })

  it('begins again after any other state', () => {
    const steady = new Steady()
    steady.look('a', title(t), t)
    steady.look('a', working, t + 100)
    expect(steady.look('a', title(t + 300), t + 300).state).toBe('working')
  })

  it('keeps agents apart', () => {
    const steady = new Steady()
    steady.look('a', title(t), t)
    expect(steady.look('b', title(t + 300), t + 300).state).toBe('unknown')
  })

  it('does not believe a time in the future', () => {
    expect(new Steady().look('a', idle(t + 60_000), t).state).toBe('working')
  })
})

describe('stuck', () => {
  it('is a program that works without a sign of life for half an hour', () => {
    const steady = new Steady()
    expect(steady.look('a', working, t, t - 60_000).state).toBe('working')
    expect(steady.look('a', working, t, t - 1_800_000)).toMatchObject({
      state: 'stuck',
      detail: expect.stringContaining('30 min'),
    })
  })

  it('is never said without a sign of life to count from, nor of a state that waits for others', () => {
    const steady = new Steady({ stuckAfterMs: 1 })
    expect(steady.look('a', working, t).state).toBe('working')
    const asks = said({ state: 'blocked-permission', source: 'title', at: t })
    expect(steady.look('a', asks, t, t - 60_000).state).toBe('blocked-permission')
  })
})
