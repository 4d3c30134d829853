import { expect, test } from 'vitest'
import { planFires } from './plan-fires.ts'
import { toSlots } from './slots.ts'

const hour = 3_600_000
const slots = toSlots({ everyMs: hour, anchorAt: 0 })
const year = 365 * 24 * hour

test('a slot on time fires, and nothing is skipped', () => {
  for (const misfire of ['once', 'all', 'skip'] as const) {
    const plan = planFires(
      slots,
      { misfire, catchupWindowMs: year },
      { nextAt: 5 * hour, now: 5 * hour + 30 },
    )
    expect(plan).toEqual({ fire: [5 * hour], skipped: undefined, nextAt: 6 * hour })
  }
})

test('after ten hours of sleep `once` fires the last slot and counts the others', () => {
  const plan = planFires(
    slots,
    { misfire: 'once', catchupWindowMs: year },
    { nextAt: 5 * hour, now: 15 * hour + hour / 2 },
  )
  expect(plan).toEqual({
    fire: [15 * hour],
    skipped: { count: 10, exact: true, firstAt: 5 * hour },
    nextAt: 16 * hour,
  })
})

test('`all` fires each slot within the window and counts those before it', () => {
  const plan = planFires(
    slots,
    { misfire: 'all', catchupWindowMs: 3 * hour },
    { nextAt: 5 * hour, now: 15 * hour },
  )
  expect(plan).toEqual({
    fire: [12 * hour, 13 * hour, 14 * hour, 15 * hour],
    skipped: { count: 7, exact: true, firstAt: 5 * hour },
    nextAt: 16 * hour,
  })
})

test('`all` takes a bounded number at once and goes on where it stopped', () => {
  const first = planFires(slots, { misfire: 'all', catchupWindowMs: year }, { nextAt: hour, now: 150 * hour })
  expect([first.fire.length, first.nextAt]).toEqual([100, 101 * hour])
  const second = planFires(
    slots,
    { misfire: 'all', catchupWindowMs: year },
    { nextAt: 101 * hour, now: 150 * hour },
  )
  expect([second.fire.length, second.nextAt, second.skipped]).toEqual([50, 151 * hour, undefined])
})

test('`skip` fires nothing that is late', () => {
  const plan = planFires(
    slots,
    { misfire: 'skip', catchupWindowMs: year },
    { nextAt: 5 * hour, now: 7 * hour + hour / 2 },
  )
  expect(plan).toEqual({ fire: [], skipped: { count: 3, exact: true, firstAt: 5 * hour }, nextAt: 8 * hour })
})

test('`once` fires nothing when even the last slot is older than the window', () => {
  const plan = planFires(
    slots,
    { misfire: 'once', catchupWindowMs: 60_000 },
    { nextAt: 5 * hour, now: 7 * hour + hour / 2 },
  )
  expect(plan).toEqual({ fire: [], skipped: { count: 3, exact: true, firstAt: 5 * hour }, nextAt: 8 * hour })
})

test('a clock that went back plans nothing and forgets nothing', () => {
  const plan = planFires(
    slots,
    { misfire: 'once', catchupWindowMs: year },
    { nextAt: 5 * hour, now: 2 * hour },
  )
  expect(plan).toEqual({ fire: [], skipped: undefined, nextAt: 5 * hour })
})

test('a line that fires each second is caught up after a year without walking each second', () => {
  const each = toSlots({ cron: '* * * * * *', tz: 'UTC' })
  const now = Date.parse('2026-06-01T00:00:00Z')
  const before = process.cpuUsage()
  const plan = planFires(each, { misfire: 'once', catchupWindowMs: year }, { nextAt: now - year, now })
  expect(plan.fire).toEqual([now])
  expect(plan.skipped).toEqual({ count: 1_000, exact: false, firstAt: now - year })
  expect(process.cpuUsage(before).user / 1000).toBeLessThan(5_000)
})
