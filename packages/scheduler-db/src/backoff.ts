import type { Backoff } from './job.ts'

/**
 * The pause before the next attempt: anywhere between nothing and the doubled, capped bound ("full jitter"), so that
 * what failed together does not return together.
 *
 * @param random in [0, 1)
 */
export function backoffMs(backoff: Backoff, attempt: number, random: number): number {
  const doublings = Math.min(Math.max(attempt - 1, 0), 30)
  return Math.floor(random * Math.min(backoff.capMs, backoff.baseMs * 2 ** doublings))
}

/** What `setTimeout` can hold; above it fires at once. */
export const timerMsMax: number = 2 ** 31 - 1

/**
 * How long to sleep before looking again: until `at`, at most `maxMs` (a suspended machine and a stepped clock are
 * noticed then), never more than a timer holds.
 *
 * @param at epoch milliseconds; `undefined` when nothing is due
 * @param maxMs @defaultValue 30000
 */
export function sleepMs(
  at: number | undefined,
  { now, maxMs = 30_000 }: { now: number; maxMs?: number },
): number {
  const limit = Math.min(maxMs, timerMsMax)
  return at === undefined ? limit : Math.min(Math.max(at - now, 0), limit)
}
