import { type RawBuilder, sql } from 'kysely'
import { isPostgres } from './adapters.ts'
import { literal, rowLimit } from './literal.ts'
import { type OutboxMessage, type OutboxRow, toMessage } from './outbox.ts'
import { type QueryRunner, run, runRaw, tables } from './statement.ts'

/** Who takes how many messages, and in which state they have to be. */
export interface ClaimOutboxOptions {
  /** @defaultValue all */
  readonly targets?: readonly string[] | undefined
  /** `unknown`: messages whose arrival is to be found out before anything else. @defaultValue `pending` */
  readonly from?: 'pending' | 'unknown' | undefined
  readonly owner: string
  readonly leaseMs: number
  readonly limit: number
  readonly now: number
}

/**
 * Takes messages for sending, the oldest first: at most one per target, none for a target that is being sent to, and
 * none before an earlier one that waits for its next attempt.
 */
export async function claimOutbox(
  tx: QueryRunner,
  options: ClaimOutboxOptions,
): Promise<readonly OutboxMessage[]> {
  const { targets, from = 'pending', owner, leaseMs, limit, now } = options
  if (limit < 1 || targets?.length === 0) return []
  let next = tables
    .selectFrom('outbox')
    .select('outbox.seq')
    .where('outbox.state', '=', literal(from))
    .where('outbox.due_at', '<=', now)
    .where((eb) =>
      eb.not(
        eb.exists(
          eb
            .selectFrom('outbox as earlier')
            .select(literal(1).as('one'))
            .whereRef('earlier.target', '=', 'outbox.target')
            .where(sql<boolean>`earlier.state in ('pending', 'sending')`)
            .where((or) => or.or([or('earlier.state', '=', literal('sending')), inFront(now, from)])),
        ),
      ),
    )
    .orderBy('outbox.due_at')
    .orderBy('outbox.seq')
    .limit(rowLimit(limit))
  if (targets !== undefined) next = next.where('outbox.target', 'in', targets)
  if (from === 'unknown') next = next.where(isFirstUnknown(now))
  const locks = isPostgres(tx)
  // Two who choose at the same time could each take a message of one target.
  if (locks) await runRaw(tx, sql`select pg_advisory_xact_lock(${sql.lit(senderLock)})`)
  const { rows } = await run<OutboxRow>(
    tx,
    tables
      .updateTable('outbox')
      .set((eb) => ({
        state: literal('sending'),
        attempt: eb('attempt', '+', literal(1)),
        lease_token: eb('lease_token', '+', literal(1)),
        lease_owner: owner,
        lease_until: now + leaseMs,
      }))
      .where('seq', 'in', locks ? next.forUpdate('outbox').skipLocked() : next)
      .returningAll(),
  )
  return rows.toSorted((a, b) => a.seq - b.seq).map(toMessage)
}

const senderLock = 7_302_027

/** Of those of a target that are due the earliest; a statement of its own, for its own partial index. */
function isFirstUnknown(now: number): RawBuilder<boolean> {
  return sql`not exists (select 1 from outbox as first where first.state = 'unknown' and first.due_at <= ${now}
    and first.target = outbox.target and first.seq < outbox.seq)`
}

/** An earlier message that is due, or that was tried already, is sent first. */
function inFront(now: number, from: 'pending' | 'unknown'): RawBuilder<boolean> {
  return from === 'unknown'
    ? sql`1 = 0`
    : sql`earlier.seq < outbox.seq and (earlier.due_at <= ${now} or earlier.attempt > 0)`
}
