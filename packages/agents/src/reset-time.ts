import { instantsOf, isTimeZone, type WallTime, wallTime } from './wall-time.ts'

/** When it is, and when the text was printed: what its words are relative to. */
export interface ResetTimeOptions {
  /** Epoch milliseconds. */
  readonly now: number
  /** When the text was printed, epoch milliseconds: a bare time is the next one after it. */
  readonly printedAt?: number
  /** The zone of times that name none. @defaultValue this process's */
  readonly timeZone?: string
}

/** A text that was printed at an unknown time may speak of an end that is over for this long. */
const pastMs = 6 * 3_600_000
const minuteMs = 60_000
const dayMs = 86_400_000

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
const weekdays = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']

const lead = String.raw`(?:resets?|try again|available again|retry|automatically)\b[\s:]*(?:at|on)?`
const date = String.raw`(?:(?<month>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?\s+(?<day>\d{1,2})(?:st|nd|rd|th)?(?:,?\s+(?<year>\d{4}))?|(?<iso>\d{4}-\d{2}-\d{2})|(?<weekday>sun|mon|tue|wed|thu|fri|sat)[a-z]*)[,T]?\s*(?:at\s+)?`
const time = String.raw`(?:(?<hour12>\d{1,2})(?::(?<minute12>\d{2}))?\s*(?<half>[ap])\.?m\b\.?|(?<hour24>\d{1,2}):(?<minute24>\d{2})(?!\d))`
const zone = String.raw`(?:\s*\(?(?<zone>(?:[A-Z][A-Za-z_]+\/[A-Za-z0-9_+\-/]+|UTC|GMT))\)?)?`
const clock = new RegExp(`${lead}\\s*(?:${date})?${time}${zone}`, 'gi')
const wait =
  /(?:resets?|try again|retry|available)\s+(?:in|after)\s+(?=\d)(?:(\d+)\s*d(?:ays?)?(?![a-z])[\s,]*)?(?:(\d+)\s*h(?:(?:ou)?rs?)?(?![a-z])[\s,]*)?(?:(\d+)\s*m(?:in(?:ute)?s?)?(?![a-z])[\s,]*)?(?:(\d+)\s*s(?:ec(?:ond)?s?)?(?![a-z]))?/i
const epoch = /(?:limit reached\||resets?_?at["':=\s]+)(\d{10})\b/i

/**
 * When a limit ends, from the words that a program prints: `resets 11pm (Asia/Tokyo)`, `resets Sep 15 at 7pm`,
 * `try again at 4:26 PM`, `try again in 2 days 3 hours`. Epoch milliseconds; undefined when the words tell none, or a
 * zone that this machine does not know.
 */
export function resetInstant(text: string, options: ResetTimeOptions): number | undefined {
  const plain = text.replace(/\s+/g, ' ')
  const stamp = epoch.exec(plain)?.[1]
  if (stamp !== undefined) return Number(stamp) * 1000
  const told = [...plain.matchAll(clock)].map((match) => match.groups ?? {})
  const best = told.find((groups) => groups['zone'] !== undefined) ?? told[0]
  if (best) return clockInstant(best, options)
  const span = wait.exec(plain)
  return span ? (options.printedAt ?? options.now) + spanMs(span) : undefined
}

function spanMs([, days, hours, minutes, seconds]: RegExpExecArray): number {
  const count = (digits: string | undefined): number => Number(digits ?? 0)
  return count(days) * dayMs + count(hours) * 3_600_000 + count(minutes) * minuteMs + count(seconds) * 1000
}

type Groups = Readonly<Record<string, string | undefined>>

function clockInstant(groups: Groups, options: ResetTimeOptions): number | undefined {
  const timeZone = groups['zone'] ?? options.timeZone ?? Intl.DateTimeFormat().resolvedOptions().timeZone
  const timeOfDay = readTime(groups)
  if (!timeOfDay || !isTimeZone(timeZone)) return undefined
  const from = Math.floor((options.printedAt ?? options.now - pastMs) / minuteMs) * minuteMs
  const instants = daysToTry(groups, from, timeZone).flatMap((day) =>
    instantsOf({ ...day, ...timeOfDay }, timeZone),
  )
  const isDated = groups['year'] !== undefined || groups['iso'] !== undefined
  return isDated ? instants[0] : instants.find((instant) => instant >= from)
}

function readTime(groups: Groups): { readonly hour: number; readonly minute: number } | undefined {
  const minute = Number(groups['minute12'] ?? groups['minute24'] ?? 0)
  const half = groups['half']?.toLowerCase()
  if (half === undefined) {
    const hour = Number(groups['hour24'])
    return hour < 24 && minute < 60 ? { hour, minute } : undefined
  }
  const hour = Number(groups['hour12'])
  if (hour < 1 || hour > 12 || minute > 59) return undefined
  return { hour: (hour % 12) + (half === 'p' ? 12 : 0), minute }
}

type Day = Pick<WallTime, 'year' | 'month' | 'day'>

/** The days that the words may mean, in order. */
function daysToTry(groups: Groups, from: number, timeZone: string): readonly Day[] {
  const today = wallTime(from, timeZone)
  const iso = groups['iso']?.split('-').map(Number)
  if (iso) return [{ year: iso[0] ?? 0, month: iso[1] ?? 1, day: iso[2] ?? 1 }]
  const month = months.indexOf(groups['month']?.toLowerCase() ?? '') + 1
  if (month > 0) {
    const day = Number(groups['day'])
    if (groups['year'] !== undefined) return [{ year: Number(groups['year']), month, day }]
    return [-1, 0, 1].map((years) => ({ year: today.year + years, month, day }))
  }
  const weekday = weekdays.indexOf(groups['weekday']?.toLowerCase() ?? '')
  return Array.from({ length: weekday < 0 ? 3 : 9 }, (_, index) => {
    const at = new Date(Date.UTC(today.year, today.month - 1, today.day + index - 1))
    return {
      year: at.getUTCFullYear(),
      month: at.getUTCMonth() + 1,
      day: at.getUTCDate(),
      weekday: at.getUTCDay(),
    }
  }).filter((day) => weekday < 0 || day.weekday === weekday)
}
