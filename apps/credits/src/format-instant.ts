import { type Context, formatDuration } from '@tmux-orchestrator/cli'

/** A place and time that instants are told for. */
export interface Clock {
  readonly now: number
  /** IANA name. */
  readonly timeZone: string
}

export function clockOf(context: Context): Clock {
  const { timeZone } = new Intl.DateTimeFormat().resolvedOptions()
  return { now: context.now(), timeZone }
}

/** `2026-11-26 17:20 (Europe/Berlin), in 2 h 10 m`; of what has passed `… ago`. */
export function formatInstant(iso: string, { now, timeZone }: Clock): string {
  const at = Date.parse(iso)
  const format = new Intl.DateTimeFormat('en-CA', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
  })
  const part = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, value]))
  const wall = `${part['year']}-${part['month']}-${part['day']} ${part['hour']}:${part['minute']} (${timeZone})`
  return at >= now ? `${wall}, in ${formatDuration(at - now)}` : `${wall}, ${formatDuration(now - at)} ago`
}
