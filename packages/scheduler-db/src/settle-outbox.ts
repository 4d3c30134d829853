import { StoreError } from './errors.ts'
import { literal } from './literal.ts'
import { type QueryRunner, run, statement, tables } from './statement.ts'
import type { OutboxState } from './tables.ts'

/** The message, and what became of it. */
export interface SettleOutboxOptions {
  readonly id: string
  readonly token: number
  /** `pending` asks for another attempt at `dueAt`. */
  readonly state: 'submitted' | 'refused' | 'unknown' | 'dead' | 'pending'
  readonly reason?: string | undefined
  /** Of the next attempt. @defaultValue `now` */
  readonly dueAt?: number | undefined
  readonly now: number
}

interface Settle {
  readonly id: string
  readonly token: number
  readonly state: OutboxState
  readonly reason: string | null
  readonly dueAt: number
  readonly settledAt: number | null
}

const settle = statement<Settle, unknown>((p) =>
  tables
    .updateTable('outbox')
    .set({
      state: p('state'),
      reason: p('reason'),
      due_at: p('dueAt'),
      settled_at: p('settledAt'),
      lease_owner: null,
      lease_until: null,
    })
    .where('id', '=', p('id'))
    .where('state', '=', literal('sending'))
    .where('lease_token', '=', p('token')),
)

/**
 * Records what came of a message.
 *
 * @throws StoreError `LEASE_LOST` when it was taken from this sender
 */
export async function settleOutbox(tx: QueryRunner, options: SettleOutboxOptions): Promise<void> {
  const { id, token, state, reason, now } = options
  const waits = state === 'pending' || state === 'unknown'
  const { numAffectedRows } = await settle(tx, {
    id,
    token,
    state,
    reason: reason ?? null,
    dueAt: options.dueAt ?? now,
    settledAt: waits ? null : now,
  })
  if (numAffectedRows === 1n) return
  throw new StoreError('LEASE_LOST', `the message is not held with token ${token}: ${id}`, {
    hint: 'read its state; the outcome may be recorded already',
    details: { id, token },
  })
}

const selectOwners = statement<object, { readonly lease_owner: string | null }>(() =>
  tables.selectFrom('outbox').select('lease_owner').distinct().where('state', '=', literal('sending')),
)

/**
 * Messages whose sender was lost in the middle become `unknown`, never `pending`: they may have arrived. Gives their ids.
 */
export async function rescueOutbox(
  tx: QueryRunner,
  { now, isOwnerDead }: { readonly now: number; readonly isOwnerDead?: (owner: string) => boolean },
): Promise<readonly string[]> {
  const owners = isOwnerDead === undefined ? [] : (await selectOwners(tx, {})).rows
  const gone = owners.map((row) => row.lease_owner ?? '').filter((owner) => isOwnerDead?.(owner) === true)
  const { rows } = await run<{ id: string }>(
    tx,
    tables
      .updateTable('outbox')
      .set((eb) => ({
        state: literal('unknown'),
        reason: 'the sender was lost',
        due_at: now,
        lease_token: eb('lease_token', '+', literal(1)),
        lease_owner: null,
        lease_until: null,
      }))
      .where('state', '=', literal('sending'))
      .where((eb) =>
        gone.length === 0
          ? eb('lease_until', '<=', now)
          : eb.or([eb('lease_until', '<=', now), eb('lease_owner', 'in', gone)]),
      )
      .returning('id'),
  )
  return rows.map((row) => row.id)
}
