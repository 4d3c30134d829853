import { appendEvent, type Event } from './event.ts'
import type { QueryRunner } from './statement.ts'

/** Why a slot has no job that ended: `replaced` when it was cancelled by that of a later slot. */
export type SkipReason = 'misfire' | 'overlap' | 'replaced'

/** What this package itself writes into the history: the data of each event by its kind; `job:*` are about a job's id, `schedule:*` about a name. */
export interface SchedulerEvents {
  /** After its last attempt. */
  'job:died': { readonly kind: string; readonly attempt: number; readonly error: string }
  /** Its worker was lost; it waits for the next attempt. */
  'job:rescued': { readonly kind: string; readonly attempt: number; readonly error: string }
  'job:retried': undefined
  /** It did not start in time, and was cancelled. */
  'job:expired': { readonly kind: string; readonly expiresAt: number | null }
  /** `exact: false`: there were more than could be counted. */
  'schedule:skipped': {
    readonly reason: SkipReason
    readonly count: number
    readonly exact: boolean
    readonly firstAt: number
  }
}

/** The events that are written to the history. */
export type SchedulerEventKind = keyof SchedulerEvents

const streams: Readonly<Record<SchedulerEventKind, 'job' | 'schedule'>> = {
  'job:died': 'job',
  'job:rescued': 'job',
  'job:retried': 'job',
  'job:expired': 'job',
  'schedule:skipped': 'schedule',
}

/** Whether an event of the history is this package's own of that kind; then its data has the type of the kind. */
export function isSchedulerEvent<K extends SchedulerEventKind>(
  event: Event,
  kind: K,
): event is Event & { readonly kind: K; readonly subject: string; readonly data: SchedulerEvents[K] } {
  return event.kind === kind && event.stream === streams[kind]
}

/** Appends one of this package's own events. */
export async function tell<K extends SchedulerEventKind>(
  tx: QueryRunner,
  kind: K,
  {
    subject,
    data,
    now,
  }: { readonly subject: string; readonly data: SchedulerEvents[K]; readonly now: number },
): Promise<void> {
  await appendEvent(tx, { stream: streams[kind], kind, subject, data }, { now })
}
