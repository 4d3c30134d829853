import type { Selectable } from 'kysely'
import { newId } from './id.ts'
import { literal, rowLimit } from './literal.ts'
import { type QueryRunner, run, statement, tables } from './statement.ts'
import type { OutboxState, OutboxTable } from './tables.ts'

/** A message to be sent once. */
export interface NewMessage {
  readonly target: string
  readonly body: string
  /** A second message with this key is the first one. */
  readonly idemKey: string
  /** @defaultValue at once */
  readonly dueAt?: number | undefined
}

/** A message with what became of it. */
export interface OutboxMessage {
  readonly id: string
  readonly target: string
  readonly body: string
  readonly idemKey: string
  readonly state: OutboxState
  readonly reason?: string
  /** How often it was taken for sending, this time included. */
  readonly attempt: number
  readonly dueAt: number
  readonly token: number
  readonly owner?: string
  readonly createdAt: number
  readonly settledAt?: number
}

export type OutboxRow = Selectable<OutboxTable>

interface Insert {
  readonly id: string
  readonly target: string
  readonly body: string
  readonly idemKey: string
  readonly dueAt: number
  readonly now: number
}

const insert = statement<Insert, unknown>((p) =>
  tables
    .insertInto('outbox')
    .values({
      id: p('id'),
      target: p('target'),
      body: p('body'),
      idem_key: p('idemKey'),
      state: literal('pending'),
      due_at: p('dueAt'),
      created_at: p('now'),
    })
    .onConflict((conflict) => conflict.column('idem_key').doNothing()),
)

const selectByKey = statement<{ readonly idemKey: string }, { readonly id: string }>((p) =>
  tables.selectFrom('outbox').select('id').where('idem_key', '=', p('idemKey')),
)

/** Writes down a message to be sent; `created` is `false` when one with the same key was written before. */
export async function putOutbox(
  tx: QueryRunner,
  message: NewMessage,
  { now }: { readonly now: number },
): Promise<{ readonly id: string; readonly created: boolean }> {
  const id = newId(now)
  const { target, body, idemKey, dueAt = now } = message
  const { numAffectedRows } = await insert(tx, { id, target, body, idemKey, dueAt, now })
  if (numAffectedRows === 1n) return { id, created: true }
  return { id: (await selectByKey(tx, { idemKey })).rows[0]?.id ?? id, created: false }
}

/** Which messages, and how many at most. */
export interface ListOutboxOptions {
  readonly state?: OutboxState | undefined
  readonly target?: string | undefined
  /** @defaultValue 100 */
  readonly limit?: number | undefined
}

/** Messages, the newest first. */
export async function listOutbox(
  db: QueryRunner,
  options: ListOutboxOptions = {},
): Promise<readonly OutboxMessage[]> {
  let query = tables.selectFrom('outbox').selectAll()
  if (options.state !== undefined) query = query.where('state', '=', literal(options.state))
  if (options.target !== undefined) query = query.where('target', '=', options.target)
  const { rows } = await run<OutboxRow>(
    db,
    query.orderBy('seq', 'desc').limit(rowLimit(options.limit ?? 100)),
  )
  return rows.map(toMessage)
}

export function toMessage(row: OutboxRow): OutboxMessage {
  return {
    id: row.id,
    target: row.target,
    body: row.body,
    idemKey: row.idem_key,
    state: row.state,
    attempt: row.attempt,
    dueAt: row.due_at,
    token: row.lease_token,
    createdAt: row.created_at,
    ...(row.reason === null ? {} : { reason: row.reason }),
    ...(row.lease_owner === null ? {} : { owner: row.lease_owner }),
    ...(row.settled_at === null ? {} : { settledAt: row.settled_at }),
  }
}
