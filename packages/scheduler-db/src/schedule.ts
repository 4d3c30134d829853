import type { Selectable } from 'kysely'
import { jobDefaults } from './enqueue-job.ts'
import { StoreError } from './errors.ts'
import { newId } from './id.ts'
import { type Json, parseJson } from './json.ts'
import { type Timing, toSlots, toTiming } from './slots.ts'
import { type QueryRunner, run, statement, tables } from './statement.ts'
import type { Misfire, Overlap, ScheduleTable } from './tables.ts'

/** When, again and again, and which job each slot makes. */
export interface NewSchedule {
  /** Unique; putting it again changes it. */
  readonly name: string
  /** Five or six fields; either this or `everyMs`. */
  readonly cron?: string | undefined
  readonly everyMs?: number | undefined
  /** The slots of `everyMs` are this plus whole steps. @defaultValue when first put, so that it first fires a step later */
  readonly anchorAt?: number | undefined
  /** IANA zone of `cron`. @defaultValue `UTC` */
  readonly tz?: string | undefined
  readonly kind: string
  readonly queue: string
  readonly payload: Json
  /** @defaultValue 0 */
  readonly priority?: number | undefined
  /** @defaultValue 5 */
  readonly maxAttempts?: number | undefined
  /** A job that has not started so long after its slot is cancelled. @defaultValue never */
  readonly expiresAfterMs?: number | undefined
  /** What happens to slots missed while nothing ran. @defaultValue `once` */
  readonly misfire?: Misfire | undefined
  /** Slots that are later than this are skipped. @defaultValue one year */
  readonly catchupWindowMs?: number | undefined
  /**
   * `skip`: no job while that of an earlier slot has not ended. `buffer`: one that starts when it has ended, and no further one
   * while that one waits. `cancel-other`: a new one, and those of earlier slots are cancelled: their workers cannot complete them.
   * @defaultValue `skip`, with `misfire: 'all'` `allow`
   */
  readonly overlap?: Overlap | undefined
  /** @defaultValue true */
  readonly enabled?: boolean | undefined
}

/** A schedule as it is stored, with its next slot. */
export interface Schedule {
  readonly id: string
  readonly name: string
  /** Either this with `tz`, or `everyMs` with `anchorAt`. */
  readonly cron?: string
  readonly tz?: string
  readonly everyMs?: number
  readonly anchorAt?: number
  readonly kind: string
  readonly queue: string
  readonly payload: Json
  readonly priority: number
  readonly maxAttempts: number
  readonly expiresAfterMs?: number
  readonly misfire: Misfire
  readonly catchupWindowMs: number
  readonly overlap: Overlap
  readonly enabled: boolean
  /** Absent when the timing has ended. */
  readonly nextAt?: number
  readonly lastFireAt?: number
  /** Slots that were skipped so far; each time is an event as well. */
  readonly skippedCount: number
  /** Rises with each change. */
  readonly rev: number
}

const yearMs = 365 * 86_400_000

export type ScheduleRow = Selectable<ScheduleTable>

const selectByName = statement<{ readonly name: string }, ScheduleRow>((p, { locksRows }) => {
  const named = tables.selectFrom('schedule').selectAll().where('name', '=', p('name'))
  return locksRows ? named.forUpdate() : named
})

/**
 * Makes or changes a schedule. Putting the same one again changes nothing, so a program can put its schedules at each
 * start without losing what was missed; a changed timing, or enabling, starts anew from `now`.
 *
 * @throws StoreError `BAD_INPUT` for a timing that cannot be read or never comes
 */
export async function putSchedule(
  tx: QueryRunner,
  schedule: NewSchedule,
  { now }: { readonly now: number },
): Promise<Schedule> {
  const present = (await selectByName(tx, { name: schedule.name })).rows[0]
  const row = toRow(schedule, present, now)
  if (present === undefined) {
    await run(tx, tables.insertInto('schedule').values(row))
  } else if (isChanged(present, row)) {
    row.rev += 1
    await run(tx, tables.updateTable('schedule').set(row).where('id', '=', present.id))
  }
  return toSchedule(row)
}

function toRow(schedule: NewSchedule, present: ScheduleRow | undefined, now: number): ScheduleRow {
  check(schedule)
  const timing = toTiming(schedule, present?.anchor_at ?? now)
  const cron = 'cron' in timing ? timing.cron : null
  const every = 'cron' in timing ? null : timing.everyMs
  const anchor = 'cron' in timing ? (present?.anchor_at ?? now) : timing.anchorAt
  const tz = 'cron' in timing ? timing.tz : 'UTC'
  const enabled = schedule.enabled === false ? 0 : 1
  const misfire = schedule.misfire ?? 'once'
  const keeps =
    present !== undefined &&
    present.cron === cron &&
    present.every_ms === every &&
    present.anchor_at === anchor &&
    present.tz === tz &&
    (present.enabled === 1 || enabled === 0)
  return {
    id: present?.id ?? newId(now),
    name: schedule.name,
    cron,
    every_ms: every,
    anchor_at: anchor,
    tz,
    kind: schedule.kind,
    queue: schedule.queue,
    payload: JSON.stringify(schedule.payload),
    priority: schedule.priority ?? 0,
    max_attempts: schedule.maxAttempts ?? jobDefaults.maxAttempts,
    expires_after_ms: schedule.expiresAfterMs ?? null,
    misfire,
    catchup_window_ms: schedule.catchupWindowMs ?? yearMs,
    overlap: schedule.overlap ?? (misfire === 'all' ? 'allow' : 'skip'),
    enabled,
    next_at: keeps ? present.next_at : firstSlot(timing, Math.max(now, present?.last_fire_at ?? now)),
    last_fire_at: present?.last_fire_at ?? null,
    skipped_count: present?.skipped_count ?? 0,
    rev: present?.rev ?? 1,
    created_at: present?.created_at ?? now,
  }
}

function check({ name, expiresAfterMs, catchupWindowMs, priority, maxAttempts }: NewSchedule): void {
  const whole = [expiresAfterMs, catchupWindowMs, priority, maxAttempts]
  if (
    whole.some((value) => value !== undefined && !Number.isSafeInteger(value)) ||
    (catchupWindowMs ?? 0) < 0
  ) {
    throw new StoreError(
      'BAD_INPUT',
      `a schedule's durations and numbers are whole and not negative: ${name}`,
    )
  }
}

/** After the last firing as well, for a clock that went back: a slot that fired lies behind. */
function firstSlot(timing: Timing, after: number): number {
  const slot = toSlots(timing).after(after)
  if (slot !== undefined) return slot
  throw new StoreError('BAD_INPUT', `the schedule would never fire: ${JSON.stringify(timing)}`)
}

function isChanged(present: ScheduleRow, row: ScheduleRow): boolean {
  return Object.entries(row).some(([column, value]) => Reflect.get(present, column) !== value)
}

const remove = statement<{ readonly name: string }, unknown>((p) =>
  tables.deleteFrom('schedule').where('name', '=', p('name')),
)

/** Removes a schedule; jobs that it made stay. `false` when there is none of this name. */
export async function deleteSchedule(tx: QueryRunner, name: string): Promise<boolean> {
  return (await remove(tx, { name })).numAffectedRows === 1n
}

const selectAll = statement<object, ScheduleRow>(() =>
  tables.selectFrom('schedule').selectAll().orderBy('name'),
)

/** All schedules by name, disabled ones included. */
export async function listSchedules(db: QueryRunner): Promise<readonly Schedule[]> {
  return (await selectAll(db, {})).rows.map(toSchedule)
}

export function toSchedule(row: ScheduleRow): Schedule {
  return {
    id: row.id,
    name: row.name,
    ...rowTiming(row),
    kind: row.kind,
    queue: row.queue,
    payload: parseJson(row.payload),
    priority: row.priority,
    maxAttempts: row.max_attempts,
    misfire: row.misfire,
    catchupWindowMs: row.catchup_window_ms,
    overlap: row.overlap,
    enabled: row.enabled === 1,
    skippedCount: row.skipped_count,
    rev: row.rev,
    ...(row.expires_after_ms === null ? {} : { expiresAfterMs: row.expires_after_ms }),
    ...(row.next_at === null ? {} : { nextAt: row.next_at }),
    ...(row.last_fire_at === null ? {} : { lastFireAt: row.last_fire_at }),
  }
}

export function rowTiming(row: ScheduleRow): Timing {
  return row.cron === null
    ? { everyMs: row.every_ms ?? 0, anchorAt: row.anchor_at }
    : { cron: row.cron, tz: row.tz }
}
