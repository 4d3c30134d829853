import type { Slots } from './slots.ts'
import type { Misfire } from './tables.ts'

export interface FirePolicy {
  readonly misfire: Misfire
  /** Slots that are later than this are skipped. */
  readonly catchupWindowMs: number
}

export interface SkippedSlots {
  readonly count: number
  /** `false`: there were more than could be counted. */
  readonly exact: boolean
  readonly firstAt: number
}

export interface FirePlan {
  readonly fire: readonly number[]
  readonly skipped: SkippedSlots | undefined
  /** `undefined`: the timing has ended. May be due already, when there was more to catch up than one plan holds. */
  readonly nextAt: number | undefined
}

/** How late a slot may be and still count as on time. */
const graceMs = 60_000
const firesMax = 100

/**
 * What is to be done about the slots from `nextAt` to `now`: `once` fires the last of them, `all` each, `skip` only
 * one that is on time; what lies before the catch-up window is never fired. A clock that went back plans nothing.
 */
export function planFires(
  slots: Slots,
  policy: FirePolicy,
  { nextAt, now }: { nextAt: number; now: number },
): FirePlan {
  if (nextAt > now) return { fire: [], skipped: undefined, nextAt }
  const windowMs =
    policy.misfire === 'skip' ? Math.min(graceMs, policy.catchupWindowMs) : policy.catchupWindowMs
  const oldest = now - windowMs
  if (policy.misfire === 'all') return planAll(slots, { nextAt, now, oldest })
  const last = slots.upTo(now) ?? nextAt
  const fire = last >= oldest ? [last] : []
  return {
    fire,
    skipped: skippedBetween(slots, nextAt, fire.length === 0 ? now + 1 : last),
    nextAt: slots.after(now),
  }
}

interface Span {
  readonly nextAt: number
  readonly now: number
  readonly oldest: number
}

function planAll(slots: Slots, { nextAt, now, oldest }: Span): FirePlan {
  const fire: number[] = []
  let at = nextAt >= oldest ? nextAt : slots.after(oldest - 1)
  const first = at ?? now + 1
  while (at !== undefined && at <= now && fire.length < firesMax) {
    fire.push(at)
    at = slots.after(at)
  }
  return { fire, skipped: skippedBetween(slots, nextAt, Math.min(first, now + 1)), nextAt: at }
}

function skippedBetween(slots: Slots, from: number, to: number): SkippedSlots | undefined {
  if (from >= to) return undefined
  const { count, exact } = slots.count(from, to)
  return count === 0 ? undefined : { count, exact, firstAt: from }
}
