import { type QueryRunner, statement, tables } from './statement.ts'

/** An agent's last sign of life. */
export interface Heartbeat {
  readonly agent: string
  readonly host: string
  /** The machine's boot, so that a process id of an earlier one is not taken for a live one. */
  readonly bootId: string
  readonly pid: number
  /** The process's start as the system tells it: process ids are used again. */
  readonly pidStart: string
  readonly status: string
  readonly at: number
}

const upsert = statement<Heartbeat, unknown>((p) =>
  tables
    .insertInto('heartbeat')
    .values({
      agent: p('agent'),
      host: p('host'),
      boot_id: p('bootId'),
      pid: p('pid'),
      pid_start: p('pidStart'),
      status: p('status'),
      at: p('at'),
    })
    .onConflict((conflict) =>
      conflict.column('agent').doUpdateSet((eb) => ({
        host: eb.ref('excluded.host'),
        boot_id: eb.ref('excluded.boot_id'),
        pid: eb.ref('excluded.pid'),
        pid_start: eb.ref('excluded.pid_start'),
        status: eb.ref('excluded.status'),
        at: eb.ref('excluded.at'),
      })),
    ),
)

/** A sign of life to be noted. */
export interface Beat {
  readonly agent: string
  readonly host: string
  readonly bootId: string
  readonly pid: number
  readonly pidStart: string
  /** @defaultValue `''` */
  readonly status?: string | undefined
  readonly now: number
}

/** Records that an agent's process was alive at `now`. */
export async function beat(tx: QueryRunner, { now, status = '', ...process }: Beat): Promise<void> {
  await upsert(tx, { ...process, status, at: now })
}

const selectAll = statement<object, Heartbeat>(() =>
  tables
    .selectFrom('heartbeat')
    .select(['agent', 'host', 'boot_id as bootId', 'pid', 'pid_start as pidStart', 'status', 'at'])
    .orderBy('agent'),
)

/** The last beat of each agent, by name. */
export async function listHeartbeats(db: QueryRunner): Promise<readonly Heartbeat[]> {
  return (await selectAll(db, {})).rows
}
