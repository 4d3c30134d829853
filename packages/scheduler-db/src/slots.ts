import { Cron } from 'croner'
import { StoreError } from './errors.ts'

/** When a schedule fires: by a cron line in a time zone, or in equal steps from an anchor. */
export type Timing =
  | { readonly cron: string; readonly tz: string }
  | { readonly everyMs: number; readonly anchorAt: number }

/** The instants of one timing, all in epoch milliseconds. */
export interface Slots {
  /** The first slot later than `at`; `undefined` when there is none any more. */
  after(at: number): number | undefined
  /** The last slot not later than `at`. */
  upTo(at: number): number | undefined
  /** How many slots lie in [from, to); counting a cron line stops at the limit. */
  count(from: number, to: number): { readonly count: number; readonly exact: boolean }
}

const countMax = 1_000

/** @throws StoreError `BAD_INPUT` for a line that cannot be read or never comes, an unknown zone, a step below 1 ms */
export function toSlots(timing: Timing): Slots {
  return 'cron' in timing ? cronSlots(timing.cron, timing.tz) : intervalSlots(timing.everyMs, timing.anchorAt)
}

/** A slot is the anchor plus a whole number of steps, so a late firing never shifts those that follow. */
function intervalSlots(everyMs: number, anchorAt: number): Slots {
  if (!Number.isSafeInteger(everyMs) || everyMs < 1 || !Number.isSafeInteger(anchorAt)) {
    throw new StoreError(
      'BAD_INPUT',
      `a schedule's step is a whole number of milliseconds from 1 up: ${everyMs}`,
    )
  }
  const stepsUpTo = (at: number): number => Math.floor((at - anchorAt) / everyMs)
  return {
    after: (at) => anchorAt + Math.max(0, stepsUpTo(at) + 1) * everyMs,
    upTo: (at) => (at < anchorAt ? undefined : anchorAt + stepsUpTo(at) * everyMs),
    count: (from, to) => ({
      count: Math.max(0, Math.max(0, stepsUpTo(to - 1) + 1) - Math.max(0, stepsUpTo(from - 1) + 1)),
      exact: true,
    }),
  }
}

function cronSlots(line: string, tz: string): Slots {
  const cron = parseCron(line, tz)
  const after = (at: number): number | undefined => cron.nextRun(new Date(at))?.getTime()
  return {
    after,
    // Slots are whole seconds, and croner looks before the second that it is given.
    upTo: (at) => cron.previousRuns(1, new Date(Math.floor(at / 1000) * 1000 + 1000))[0]?.getTime(),
    count: (from, to) => {
      let count = 0
      let slot = after(from - 1)
      while (slot !== undefined && slot < to) {
        if (count === countMax) return { count, exact: false }
        count += 1
        slot = after(slot)
      }
      return { count, exact: true }
    },
  }
}

function parseCron(line: string, tz: string): Cron {
  try {
    new Intl.DateTimeFormat('en', { timeZone: tz })
    return new Cron(line, { timezone: tz })
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new StoreError('BAD_INPUT', `not a cron line of a known time zone: ${line} (${tz}): ${why}`, {
      hint: 'five or six fields and an IANA zone, as "0 9 * * 1-5" in Europe/Berlin',
      cause,
    })
  }
}

/** A cron line or a step, from when on. */
export interface NextRunsTiming {
  readonly cron?: string | undefined
  readonly everyMs?: number | undefined
  /** @defaultValue `from` */
  readonly anchorAt?: number | undefined
  /** @defaultValue `UTC` */
  readonly tz?: string | undefined
}

/**
 * The next instants of a timing after `from`; fewer than `count` when it ends.
 *
 * @throws StoreError `BAD_INPUT`
 */
export function nextRuns(
  timing: NextRunsTiming,
  { from, count }: { from: number; count: number },
): readonly number[] {
  const slots = toSlots(toTiming(timing, from))
  const runs: number[] = []
  let at = slots.after(from)
  while (at !== undefined && runs.length < count) {
    runs.push(at)
    at = slots.after(at)
  }
  return runs
}

/** @throws StoreError `BAD_INPUT` unless it is one of the two ways */
export function toTiming(timing: NextRunsTiming, anchorAt: number): Timing {
  const { cron, everyMs } = timing
  if (cron !== undefined && everyMs === undefined) return { cron, tz: timing.tz ?? 'UTC' }
  if (everyMs !== undefined && cron === undefined) return { everyMs, anchorAt: timing.anchorAt ?? anchorAt }
  throw new StoreError('BAD_INPUT', 'a schedule has either a cron line or a step, not both')
}
