import { cancelJob } from './change-job.ts'
import { enqueueJob } from './enqueue-job.ts'
import { newId } from './id.ts'
import { parseJson } from './json.ts'
import { isLive, isWaiting, literal, rowLimit } from './literal.ts'
import { planFires, type SkippedSlots } from './plan-fires.ts'
import { rowTiming, type ScheduleRow } from './schedule.ts'
import { type SkipReason, tell } from './scheduler-events.ts'
import { toSlots } from './slots.ts'
import { type QueryRunner, statement, tables } from './statement.ts'

/** A slot of a schedule, with the job that it caused. */
export interface Fire {
  /** The schedule's name. */
  readonly schedule: string
  readonly slotAt: number
  readonly jobId: string
  /** How long after its slot it fired. */
  readonly lateMs: number
}

/** The time up to which slots are due, and for how many schedules at most. */
export interface FireOptions {
  readonly now: number
  /** Schedules in one call. @defaultValue 100 */
  readonly limit?: number
}

const selectDue = statement<{ readonly now: number; readonly limit: number }, ScheduleRow>(
  (p, { locksRows }) => {
    const due = tables
      .selectFrom('schedule')
      .selectAll()
      .where('enabled', '=', literal(1))
      .where('next_at', 'is not', null)
      .where('next_at', '<=', p('now'))
      .orderBy('next_at')
      .limit(rowLimit(p('limit')))
    return locksRows ? due.forUpdate().skipLocked() : due
  },
)

/**
 * Makes the jobs of all slots that are due: one job per slot, however many processes try. Skipped slots are counted at
 * their schedule and recorded as `schedule:skipped` events.
 */
export async function fireDueSchedules(
  tx: QueryRunner,
  { now, limit = 100 }: FireOptions,
): Promise<readonly Fire[]> {
  const fires: Fire[] = []
  for (const row of (await selectDue(tx, { now, limit })).rows)
    fires.push(...(await fireSchedule(tx, row, now)))
  return fires
}

interface Advance {
  readonly id: string
  readonly nextAt: number | null
  readonly lastFireAt: number | null
  readonly skipped: number
}

const advance = statement<Advance, unknown>((p) =>
  tables
    .updateTable('schedule')
    .set((eb) => ({
      next_at: p('nextAt'),
      last_fire_at: p('lastFireAt'),
      skipped_count: eb('skipped_count', '+', p('skipped')),
    }))
    .where('id', '=', p('id')),
)

async function fireSchedule(tx: QueryRunner, row: ScheduleRow, now: number): Promise<readonly Fire[]> {
  const policy = { misfire: row.misfire, catchupWindowMs: row.catchup_window_ms }
  const plan = planFires(toSlots(rowTiming(row)), policy, { nextAt: row.next_at ?? now, now })
  let skipped = 0
  const skip = async (slots: SkippedSlots, reason: SkipReason): Promise<void> => {
    skipped += slots.count
    const data = { reason, count: slots.count, exact: slots.exact, firstAt: slots.firstAt }
    await tell(tx, 'schedule:skipped', { subject: row.name, data, now })
  }
  if (plan.skipped !== undefined) await skip(plan.skipped, 'misfire')
  const fires: Fire[] = []
  for (const slotAt of plan.fire) {
    // Its own job must not stand in its way, nor make way for it.
    if (await isFired(tx, row.id, slotAt)) continue
    if (row.overlap === 'cancel-other') {
      const replaced = await cancelOthers(tx, row, now)
      if (replaced !== undefined) await skip(replaced, 'replaced')
    } else if (await isOverlapped(tx, row)) {
      await skip({ count: 1, exact: true, firstAt: slotAt }, 'overlap')
      continue
    }
    const fire = await fireSlot(tx, row, { slotAt, now })
    if (fire !== undefined) fires.push(fire)
  }
  const lastFireAt = fires.at(-1)?.slotAt ?? row.last_fire_at
  await advance(tx, { id: row.id, nextAt: plan.nextAt ?? null, lastFireAt, skipped })
  return fires
}

interface LiveRow {
  readonly id: string
  readonly slot_at: number | null
}

const selectLive = statement<{ readonly name: string }, LiveRow>((p) =>
  tables
    .selectFrom('job')
    .select(['id', 'slot_at'])
    .where('schedule', '=', p('name'))
    .where('schedule', 'is not', null)
    .where(isLive)
    .orderBy('seq'),
)

const selectWaiting = statement<{ readonly name: string }, unknown>((p) =>
  tables
    .selectFrom('job')
    .select('seq')
    .where('schedule', '=', p('name'))
    .where('schedule', 'is not', null)
    .where(isWaiting)
    .limit(literal(1)),
)

/** Whether an earlier slot's job stands in the way of the next one. */
async function isOverlapped(tx: QueryRunner, { name, overlap }: ScheduleRow): Promise<boolean> {
  if (overlap === 'allow') return false
  const select = overlap === 'skip' ? selectLive : selectWaiting
  return (await select(tx, { name })).rows.length > 0
}

/** Makes way for the next slot's job: cancels what earlier slots made and has not ended. */
async function cancelOthers(
  tx: QueryRunner,
  { name }: ScheduleRow,
  now: number,
): Promise<SkippedSlots | undefined> {
  const { rows } = await selectLive(tx, { name })
  for (const { id } of rows) await cancelJob(tx, { id, now, reason: 'a later slot took its place' })
  const [first] = rows
  return first && { count: rows.length, exact: true, firstAt: first.slot_at ?? now }
}

const selectFire = statement<{ readonly scheduleId: string; readonly slotAt: number }, unknown>((p) =>
  tables
    .selectFrom('fire')
    .select('job_id')
    .where('schedule_id', '=', p('scheduleId'))
    .where('slot_at', '=', p('slotAt')),
)

async function isFired(tx: QueryRunner, scheduleId: string, slotAt: number): Promise<boolean> {
  return (await selectFire(tx, { scheduleId, slotAt })).rows.length > 0
}

interface InsertFire {
  readonly scheduleId: string
  readonly slotAt: number
  readonly jobId: string
  readonly now: number
}

const insertFire = statement<InsertFire, unknown>((p) =>
  tables
    .insertInto('fire')
    .values({ schedule_id: p('scheduleId'), slot_at: p('slotAt'), job_id: p('jobId'), fired_at: p('now') })
    .onConflict((conflict) => conflict.columns(['schedule_id', 'slot_at']).doNothing()),
)

/** The row of the slot comes first: whoever writes it makes the job. */
async function fireSlot(
  tx: QueryRunner,
  row: ScheduleRow,
  { slotAt, now }: { readonly slotAt: number; readonly now: number },
): Promise<Fire | undefined> {
  const jobId = newId(now)
  const { numAffectedRows } = await insertFire(tx, { scheduleId: row.id, slotAt, jobId, now })
  if (numAffectedRows !== 1n) return undefined
  const job = {
    queue: row.queue,
    kind: row.kind,
    payload: parseJson(row.payload),
    priority: row.priority,
    maxAttempts: row.max_attempts,
    dueAt: slotAt,
    // A buffered job waits for the one that runs.
    ...(row.overlap === 'buffer' ? { concurrencyKey: `schedule:${row.name}` } : {}),
    ...(row.expires_after_ms === null ? {} : { expiresAt: slotAt + row.expires_after_ms }),
  }
  await enqueueJob(tx, job, { now, id: jobId, slot: { schedule: row.name, slotAt } })
  return { schedule: row.name, slotAt, jobId, lateMs: now - slotAt }
}
