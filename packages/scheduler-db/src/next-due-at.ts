import { sql } from 'kysely'
import { isWaiting, literal } from './literal.ts'
import { type QueryRunner, type Statement, statement, tables } from './statement.ts'

interface Now {
  readonly now: number
}

interface Due {
  readonly at: number | null
}

/**
 * The next instant at which something is to be done: a job comes due, expires or loses its lease, a schedule fires, a
 * message is to be sent. `undefined` when nothing waits for a time. It may lie in the past, which asks for another round of promoting,
 * firing and rescuing. Jobs that are ready and messages that are due wait for a worker, not for a time; messages due until `now`, by
 * default the system's clock, are left out.
 */
export async function nextDueAt(
  db: QueryRunner,
  { now = Date.now() }: { readonly now?: number } = {},
): Promise<number | undefined> {
  let next: number | undefined
  for (const select of selects) {
    const at = (await select(db, { now })).rows[0]?.at ?? undefined
    if (at !== undefined && (next === undefined || at < next)) next = at
  }
  return next
}

const selects: readonly Statement<Now, Due>[] = [
  statement<Now, Due>(() =>
    tables
      .selectFrom('job')
      .select(sql<number | null>`min(due_at)`.as('at'))
      .where('state', '=', literal('scheduled')),
  ),
  statement<Now, Due>(() =>
    tables
      .selectFrom('job')
      .select(sql<number | null>`min(lease_until)`.as('at'))
      .where('state', '=', literal('running')),
  ),
  statement<Now, Due>(() =>
    tables
      .selectFrom('job')
      .select(sql<number | null>`min(expires_at)`.as('at'))
      .where('expires_at', 'is not', null)
      .where(isWaiting),
  ),
  statement<Now, Due>(() =>
    tables
      .selectFrom('schedule')
      .select(sql<number | null>`min(next_at)`.as('at'))
      .where('enabled', '=', literal(1))
      .where('next_at', 'is not', null),
  ),
  ...(['pending', 'unknown'] as const).map((state) =>
    statement<Now, Due>((p) =>
      tables
        .selectFrom('outbox')
        .select(sql<number | null>`min(due_at)`.as('at'))
        .where('state', '=', literal(state))
        .where('due_at', '>', p('now')),
    ),
  ),
  statement<Now, Due>(() =>
    tables
      .selectFrom('outbox')
      .select(sql<number | null>`min(lease_until)`.as('at'))
      .where('state', '=', literal('sending')),
  ),
]
