import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isOrchestratorError } from './errors.ts'
import { parseWhen } from './parse-when.ts'

const now = Date.parse('2026-01-31T09:00:00Z')
const minuteMs = 60_000

describe('parseWhen', () => {
  it.each([
    ['30', 30 * minuteMs],
    ['0', 0],
    ['45s', 45_000],
    ['10m', 10 * minuteMs],
    ['2h', 120 * minuteMs],
    ['3d', 3 * 24 * 60 * minuteMs],
    ['  7m ', 7 * minuteMs],
  ])('reads %j as so long from now', (text, afterMs) => {
    expect(parseWhen(text, now)).toEqual({ kind: 'at', at: now + afterMs })
  })

  it.each(['2026-01-31T09:30:00Z', '2026-01-31T10:30:00+01:00'])('reads the instant %s', (text) => {
    expect(parseWhen(text, now)).toEqual({ kind: 'at', at: now + 30 * minuteMs })
  })

  it('reads five or six fields as a cron line with single spaces', () => {
    expect(parseWhen('  0  9 * *   1-5 ', now)).toEqual({ kind: 'cron', cron: '0 9 * * 1-5' })
    expect(parseWhen('30 0 9 * * *', now)).toEqual({ kind: 'cron', cron: '30 0 9 * * *' })
  })

  it.each(['', ' ', 'soon', '-5', '1.5h', '10 m', '2w', '2026-02-31', '1234567890', '* * * *'])(
    'refuses %j and says what is allowed',
    (text) => {
      expect(() => parseWhen(text, now)).toThrow(
        expect.objectContaining({
          code: 'BAD_ARGUMENT',
          message: `${JSON.stringify(text)} is not a time`,
          hint: expect.stringContaining('allowed: minutes (30)'),
        }),
      )
    },
  )

  it('refuses an instant in the past and one over a year away', () => {
    expect(() => parseWhen('2026-01-31T08:59:59Z', now)).toThrow('is in the past')
    expect(() => parseWhen('2027-03-01T00:00:00Z', now)).toThrow('is more than a year away')
    expect(() => parseWhen('367d', now)).toThrow('is more than a year away')
    expect(parseWhen('366d', now)).toEqual({ kind: 'at', at: now + 366 * 24 * 60 * minuteMs })
  })

  it('answers, whatever the text, an instant from now to a year ahead, a cron line, or BAD_ARGUMENT', () => {
    const texts = fc.oneof(fc.string(), fc.stringMatching(/^\d{1,12}[smhd]?$/), fc.date().map(String))
    fc.assert(
      fc.property(texts, (text) => {
        try {
          const when = parseWhen(text, now)
          if (when.kind === 'cron') return expect(when.cron.split(' ').length).toBeGreaterThanOrEqual(5)
          expect(when.at).toBeGreaterThanOrEqual(now)
          expect(when.at).toBeLessThanOrEqual(now + 366 * 24 * 60 * minuteMs)
        } catch (error) {
          if (!isOrchestratorError(error)) throw error
          expect(error.code).toBe('BAD_ARGUMENT')
        }
      }),
    )
  })
})
