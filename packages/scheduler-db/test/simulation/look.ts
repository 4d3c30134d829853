import type { JobState, QueryRunner } from '../../src/index.ts'
import { statement, tables } from '../../src/statement.ts'

export interface SeenJob {
  readonly id: string
  readonly queue: string
  readonly state: JobState
  readonly priority: number
  readonly dueAt: number
  readonly token: number
}

const selectJobs = statement<object, SeenJob>((_) =>
  tables
    .selectFrom('job')
    .select(['id', 'queue', 'state', 'priority', 'due_at as dueAt', 'lease_token as token'])
    .where('queue', '=', 'q')
    .orderBy('seq'),
)

/** The jobs of the workers' queue, the oldest first. */
export async function readJobs(db: QueryRunner): Promise<readonly SeenJob[]> {
  return (await selectJobs(db, {})).rows
}

const selectSlots = statement<object, { readonly schedule: string | null; readonly slotAt: number | null }>(
  (_) => tables.selectFrom('job').select(['schedule', 'slot_at as slotAt']).where('queue', '=', 'slots'),
)

/** What the jobs of schedules stand for, as `<schedule> <instant>`. */
export async function readSlots(db: QueryRunner): Promise<readonly string[]> {
  return (await selectSlots(db, {})).rows.map(({ schedule, slotAt }) => `${schedule} ${slotAt}`)
}
