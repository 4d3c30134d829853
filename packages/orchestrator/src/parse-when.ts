import { OrchestratorError } from './errors.ts'

/** An instant in epoch milliseconds, or a cron line. */
export type When =
  | { readonly kind: 'at'; readonly at: number }
  | { readonly kind: 'cron'; readonly cron: string }

const unitMs: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }
const farthestMs = 366 * 86_400_000

/**
 * Reads what a person means by WHEN: minutes (`30`), a duration (`10m`, `2h`), an ISO instant, or a cron line.
 *
 * @throws OrchestratorError BAD_ARGUMENT for anything else, an instant in the past, or one over a year away
 */
export function parseWhen(text: string, now: number): When {
  const trimmed = text.trim()
  const duration = /^(\d{1,9})(s|m|h|d)?$/.exec(trimmed)
  if (duration) {
    const ms = Number(duration[1]) * (unitMs[duration[2] ?? 'm'] ?? 0)
    return { kind: 'at', at: within(now + ms, now, text) }
  }
  if (/^\d{4}-\d\d-\d\dT/.test(trimmed)) {
    const at = Date.parse(trimmed)
    if (!Number.isNaN(at)) return { kind: 'at', at: within(at, now, text) }
  }
  const fields = trimmed.split(/\s+/)
  if (fields.length === 5 || fields.length === 6) return { kind: 'cron', cron: fields.join(' ') }
  throw new OrchestratorError('BAD_ARGUMENT', `${JSON.stringify(text)} is not a time`, {
    hint: 'allowed: minutes (30), 10m, 2h, an ISO instant (2026-01-31T09:00:00Z), or a cron line of 5 fields',
  })
}

function within(at: number, now: number, text: string): number {
  if (at >= now && at - now <= farthestMs) return at
  const why = at < now ? 'is in the past' : 'is more than a year away'
  throw new OrchestratorError('BAD_ARGUMENT', `${JSON.stringify(text)} ${why}`)
}
