/** What a clock on a wall shows, in the Gregorian calendar; months from 1. */
export interface WallTime {
  readonly year: number
  readonly month: number
  readonly day: number
  readonly hour: number
  readonly minute: number
}

const formats = new Map<string, Intl.DateTimeFormat>()

/** What a clock in a time zone shows at an instant. */
export function wallTime(instant: number, timeZone: string): WallTime {
  const format =
    formats.get(timeZone) ??
    new Intl.DateTimeFormat('en-US', {
      timeZone,
      calendar: 'iso8601',
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
    })
  formats.set(timeZone, format)
  const part = (type: string): number =>
    Number(format.formatToParts(instant).find((p) => p.type === type)?.value)
  return {
    year: part('year'),
    month: part('month'),
    day: part('day'),
    hour: part('hour'),
    minute: part('minute'),
  }
}

/** Whether this machine knows a zone by that name. */
export function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en-US', { timeZone: name })
    return true
  } catch (error) {
    if (error instanceof RangeError) return false
    throw error
  }
}

const dayMs = 86_400_000

/**
 * The instants at which a clock in a time zone shows a time: one, two when the clock is set back over it; where it is
 * set forward over it, the one instant that an unchanged clock would have meant.
 */
export function instantsOf(time: WallTime, timeZone: string): readonly number[] {
  const asUtc = utcOf(time)
  const guesses = [asUtc - dayMs, asUtc + dayMs].map((near) => asUtc - offsetAt(near, timeZone))
  const exact = [...new Set(guesses)].filter((guess) => utcOf(wallTime(guess, timeZone)) === asUtc)
  return exact.length > 0 ? exact.toSorted((a, b) => a - b) : guesses.slice(0, 1)
}

function offsetAt(instant: number, timeZone: string): number {
  const minute = Math.floor(instant / 60_000) * 60_000
  return utcOf(wallTime(minute, timeZone)) - minute
}

function utcOf({ year, month, day, hour, minute }: WallTime): number {
  return Date.UTC(year, month - 1, day, hour, minute)
}
