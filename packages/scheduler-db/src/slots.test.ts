import { expect, test } from 'vitest'
import { isStoreError } from './errors.ts'
import { nextRuns, toSlots } from './slots.ts'

const at = (text: string): number => Date.parse(text)
const iso = (times: readonly number[]): readonly string[] => times.map((time) => new Date(time).toISOString())
const newYork = 'America/New_York'

test('a local time inside the gap of summer time fires once, moved forward', () => {
  const runs = nextRuns({ cron: '30 2 * * *', tz: newYork }, { from: at('2026-03-07T12:00:00Z'), count: 3 })
  expect(iso(runs)).toEqual([
    '2026-03-08T07:00:00.000Z',
    '2026-03-09T06:30:00.000Z',
    '2026-03-10T06:30:00.000Z',
  ])
})

test('a local time that comes twice fires once, the first time', () => {
  const runs = nextRuns({ cron: '30 1 * * *', tz: newYork }, { from: at('2026-10-31T12:00:00Z'), count: 2 })
  expect(iso(runs)).toEqual(['2026-11-01T05:30:00.000Z', '2026-11-02T06:30:00.000Z'])
})

test('an hourly line fires each real hour while the clock is turned back', () => {
  const runs = nextRuns({ cron: '0 * * * *', tz: newYork }, { from: at('2026-11-01T04:30:00Z'), count: 3 })
  expect(iso(runs)).toEqual([
    '2026-11-01T05:00:00.000Z',
    '2026-11-01T06:00:00.000Z',
    '2026-11-01T07:00:00.000Z',
  ])
})

test('the leap day comes in leap years, and the last day of February each year', () => {
  const from = at('2026-01-01T00:00:00Z')
  expect(iso(nextRuns({ cron: '0 12 29 2 *' }, { from, count: 2 }))).toEqual([
    '2028-02-29T12:00:00.000Z',
    '2032-02-29T12:00:00.000Z',
  ])
  expect(iso(nextRuns({ cron: '0 12 L 2 *' }, { from, count: 3 }))).toEqual([
    '2026-02-28T12:00:00.000Z',
    '2027-02-28T12:00:00.000Z',
    '2028-02-29T12:00:00.000Z',
  ])
})

test('each day of a year has its one noon in a zone with summer time', () => {
  const runs = nextRuns(
    { cron: '0 12 * * *', tz: 'Europe/Berlin' },
    { from: at('2026-01-01T00:00:00Z'), count: 365 },
  )
  const days = new Set(iso(runs).map((text) => text.slice(0, 10)))
  expect(days.size).toBe(365)
  expect([iso(runs)[87], iso(runs)[297]]).toEqual(['2026-03-29T10:00:00.000Z', '2026-10-25T11:00:00.000Z'])
})

test('the zone is UTC unless said otherwise, and six fields begin with seconds', () => {
  const from = at('2026-01-01T00:00:00Z')
  expect(iso(nextRuns({ cron: '0 9 * * *' }, { from, count: 1 }))).toEqual(['2026-01-01T09:00:00.000Z'])
  expect(iso(nextRuns({ cron: '*/20 * * * * *' }, { from, count: 2 }))).toEqual([
    '2026-01-01T00:00:20.000Z',
    '2026-01-01T00:00:40.000Z',
  ])
})

test('the slots of a step are whole steps from the anchor, whenever one asks', () => {
  expect(nextRuns({ everyMs: 100, anchorAt: 1007 }, { from: 1250, count: 3 })).toEqual([1307, 1407, 1507])
  expect(nextRuns({ everyMs: 100, anchorAt: 5000 }, { from: 1250, count: 2 })).toEqual([5000, 5100])
})

test('the last slot up to an instant is that instant when it is a slot', () => {
  const hourly = toSlots({ cron: '0 * * * *', tz: 'UTC' })
  expect(hourly.upTo(at('2026-01-01T05:00:00Z'))).toBe(at('2026-01-01T05:00:00Z'))
  expect(hourly.upTo(at('2026-01-01T05:00:00.001Z'))).toBe(at('2026-01-01T05:00:00Z'))
  expect(hourly.upTo(at('2026-01-01T04:59:59.999Z'))).toBe(at('2026-01-01T04:00:00Z'))
  const step = toSlots({ everyMs: 10, anchorAt: 100 })
  expect([step.upTo(99), step.upTo(100), step.upTo(109)]).toEqual([undefined, 100, 100])
})

test('slots between two instants are counted, the first included and the last not', () => {
  const step = toSlots({ everyMs: 10, anchorAt: 100 })
  expect([step.count(100, 130), step.count(0, 101), step.count(101, 110), step.count(130, 100)]).toEqual(
    [3, 1, 0, 0].map((count) => ({ count, exact: true })),
  )
  const each = toSlots({ cron: '* * * * * *', tz: 'UTC' })
  expect(each.count(at('2026-01-01T00:00:00Z'), at('2026-01-01T00:01:00Z'))).toEqual({
    count: 60,
    exact: true,
  })
  expect(each.count(0, at('2026-01-01T00:00:00Z'))).toEqual({ count: 1_000, exact: false })
})

test.each([
  [{ cron: 'every day' }],
  [{ cron: '0 9 * * *', tz: 'Mars/Olympus' }],
  [{ everyMs: 0 }],
  [{ everyMs: 1.5 }],
  [{}],
  [{ cron: '* * * * *', everyMs: 5 }],
])('a timing that means nothing is refused: %j', (timing) => {
  let caught: unknown
  try {
    nextRuns(timing, { from: 0, count: 1 })
  } catch (error) {
    caught = error
  }
  expect(isStoreError(caught, 'BAD_INPUT')).toBe(true)
})

test('a date that never comes has no runs', () => {
  expect(nextRuns({ cron: '0 0 30 2 *' }, { from: 0, count: 1 })).toEqual([])
})
