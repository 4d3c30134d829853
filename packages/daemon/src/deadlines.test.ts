import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { Deadlines } from './deadlines.ts'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
})
afterEach(() => {
  vi.useRealTimers()
})

it('looks at the earliest deadline, whatever the order, and then at the next one that it is told', () => {
  const looks: number[] = []
  const start = performance.now()
  const due = [300, 50, 100]
  const deadlines = new Deadlines((now) => {
    looks.push(now - start)
    return [100, 300].map((ms) => start + ms).find((at) => at > now)
  })
  for (const ms of due) deadlines.add(start + ms)
  vi.advanceTimersByTime(1_000)
  expect(looks).toEqual([50, 100, 300])
  expect(vi.getTimerCount()).toBe(0)
})

it('waits for what no timer can hold, and looks no more once it is stopped', () => {
  let looks = 0
  const deadlines = new Deadlines(() => {
    looks += 1
    return undefined
  })
  deadlines.add(performance.now() + 2 ** 40)
  vi.advanceTimersByTime(60_000)
  expect([looks, vi.getTimerCount()]).toEqual([0, 1])
  deadlines.stop()
  expect(vi.getTimerCount()).toBe(0)
  deadlines.add(performance.now() + 10)
  vi.advanceTimersByTime(10)
  expect(looks).toBe(1)
})
