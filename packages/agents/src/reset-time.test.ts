import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { resetInstant } from './reset-time.ts'
import { wallTime } from './wall-time.ts'

const noon = '2026-11-22T12:00:00Z'

function reset(text: string, printedAt = noon, timeZone = 'UTC'): string | undefined {
  const at = Date.parse(printedAt)
  const instant = resetInstant(text, { now: at, printedAt: at, timeZone })
  return instant === undefined ? undefined : new Date(instant).toISOString().slice(0, 16)
}

describe('the reset instant of a text', () => {
  it.each([
    ["You've hit your 5-hour limit · resets 5:20pm (UTC)", '2026-11-22T17:20'],
    ['⚠ Usage limit reached · limit resets 5:20pm', '2026-11-22T17:20'],
    ["You've hit your limit · resets 11pm (America/Anchorage)", '2026-11-23T08:00'],
    ["You've hit your session limit · resets 12:50am (America/Los_Angeles)", '2026-11-23T08:50'],
    ["You've hit your session limit · resets 8:30pm (Asia/Tokyo)", '2026-11-23T11:30'],
    ["You've hit your weekly limit · resets Nov 25 at 7pm", '2026-11-25T19:00'],
    ['Resets Jan 12, 10:59am (America/New_York)', '2027-01-12T15:59'],
    ['Weekly limit reached · resets 10am (Asia/Seoul) · /upgrade to Max', '2026-11-23T01:00'],
    ['Claude usage limit reached. Your limit will reset at 1pm (Etc/GMT+5).', '2026-11-22T18:00'],
    ['Claude AI usage limit reached|1795368038', '2026-11-22T17:20'],
    ['resets 12am (UTC)', '2026-11-23T00:00'],
    ['resets 12pm (UTC)', '2026-11-22T12:00'],
    ['resets 11pm (UTC)', '2026-11-22T23:00'],
    ['purchase more credits or try again at 4:26 PM.', '2026-11-22T16:26'],
    ['purchase more credits or try again at 4:26\nPM.', '2026-11-22T16:26'],
    ['or try again in 5 days 22 hours 11 minutes.', '2026-11-28T10:11'],
    ['Try again in 46 minutes.', '2026-11-22T12:46'],
    ['Your quota will reset after 19h8m28s.', '2026-11-23T07:08'],
    ['Please retry in 2d 3h.', '2026-11-24T15:00'],
    ['or try again at Nov 27th, 2026 7:38 AM.', '2026-11-27T07:38'],
    ['try again at Aug 20, 2026, 7:38 AM', '2026-08-20T07:38'],
    ['resets Monday at 9am', '2026-11-23T09:00'],
    ['resets 17:20 (Europe/Berlin)', '2026-11-22T16:20'],
    ['resets at 2026-11-24 09:30', '2026-11-24T09:30'],
  ])('%j is %s', (text, instant) => {
    expect(reset(text)).toBe(instant)
  })

  it.each([
    'You have hit your limit.',
    'resets soon',
    'resets 13pm',
    'resets 5:75pm',
    'resets 11pm (Mars/Olympus_Mons)',
    'try again at 10 de jul. de 2026, 11:52',
    'the test resets 5 counters',
  ])('%j tells none', (text) => {
    expect(reset(text)).toBeUndefined()
  })

  it('is the next day when the time has passed at the moment of printing', () => {
    expect(reset('resets 11am (UTC)')).toBe('2026-11-23T11:00')
  })

  it('may lie a few hours back when nobody knows when the text was printed', () => {
    const now = Date.parse('2026-11-22T17:25:00Z')
    expect(resetInstant('resets 5:20pm (UTC)', { now })).toBe(Date.parse('2026-11-22T17:20:00Z'))
    expect(resetInstant('resets 9am (UTC)', { now })).toBe(Date.parse('2026-11-23T09:00:00Z'))
  })

  it('takes the banner that names its zone', () => {
    expect(reset('limit resets 5:20pm · resets 5:20pm (Asia/Tokyo)', noon, 'UTC')).toBe('2026-11-23T08:20')
  })
})

describe('across a change of the clock', () => {
  it('is right on the day that has 23 hours', () => {
    expect(reset('resets 9am (America/New_York)', '2026-03-08T05:30:00Z')).toBe('2026-03-08T13:00')
  })

  it('is right on the day that has 25 hours', () => {
    expect(reset('resets 9am (America/New_York)', '2026-11-01T04:30:00Z')).toBe('2026-11-01T14:00')
  })

  it('is the second 1:30 once the first has passed', () => {
    expect(reset('resets 1:30am (America/New_York)', '2026-11-01T05:10:00Z')).toBe('2026-11-01T05:30')
    expect(reset('resets 1:30am (America/New_York)', '2026-11-01T05:45:00Z')).toBe('2026-11-01T06:30')
  })
})

describe('any time that a program can print', () => {
  const zones = [
    'UTC',
    'America/New_York',
    'Asia/Kolkata',
    'Pacific/Chatham',
    'Europe/Berlin',
    'Australia/Lord_Howe',
  ]
  const minuteMs = 60_000

  it('is read back to the minute it was printed for, in every zone, within the next 24 hours', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...zones),
        fc.integer({ min: Date.UTC(2026, 0, 1) / minuteMs, max: Date.UTC(2028, 0, 1) / minuteMs }),
        fc.integer({ min: 0, max: 22 * 60 }),
        (zone, nowMinute, inMinutes) => {
          const printedAt = nowMinute * minuteMs
          const target = printedAt + inMinutes * minuteMs
          const { hour, minute } = wallTime(target, zone)
          const text = `resets ${hour % 12 || 12}:${String(minute).padStart(2, '0')}${hour < 12 ? 'am' : 'pm'} (${zone})`
          const read = resetInstant(text, { now: printedAt, printedAt }) ?? Number.NaN
          expect(wallTime(read, zone)).toMatchObject({ hour, minute })
          expect(read).toBeGreaterThanOrEqual(printedAt)
          expect(read).toBeLessThanOrEqual(target)
        },
      ),
      { numRuns: 2_000 },
    )
  })

  it('is read back when it comes with its date', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...zones),
        fc.integer({ min: Date.UTC(2026, 0, 1) / minuteMs, max: Date.UTC(2028, 0, 1) / minuteMs }),
        fc.integer({ min: 0, max: 300 * 24 * 60 }),
        (zone, nowMinute, inMinutes) => {
          const printedAt = nowMinute * minuteMs
          const target = printedAt + inMinutes * minuteMs
          const wall = wallTime(target, zone)
          const named = new Intl.DateTimeFormat('en-US', { month: 'short', timeZone: zone }).format(target)
          const text = `resets ${named} ${wall.day} at ${wall.hour % 12 || 12}:${String(wall.minute).padStart(2, '0')}${wall.hour < 12 ? 'am' : 'pm'} (${zone})`
          const read = resetInstant(text, { now: printedAt, printedAt }) ?? Number.NaN
          expect(wallTime(read, zone)).toEqual(wall)
          expect(read).toBeGreaterThanOrEqual(printedAt)
        },
      ),
      { numRuns: 1_000 },
    )
  })

  it('never throws, whatever stands there', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const read = resetInstant(`resets ${text}`, { now: 0, timeZone: 'UTC' })
        expect(read === undefined || Number.isFinite(read)).toBe(true)
      }),
    )
  })
})
