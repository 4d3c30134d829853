import { sql } from 'kysely'
import { literal } from './literal.ts'
import { type QueryRunner, statement, tables } from './statement.ts'

interface Due {
  readonly at: number | null
}

/**
 * The next instant at which something is to be done: a job comes due, expires or loses its lease, a schedule fires, a
 * message is to be sent. It may lie in the past; `undefined` when nothing waits. Jobs that are ready are not waiting.
 */
export async function nextDueAt(db: QueryRunner): Promise<number | undefined> {
  let next: number | undefined
  for (const select of selects) {
    const at = (await select(db, {})).rows[0]?.at ?? undefined
    if (at !== undefined && (next === undefined || at < next)) next = at
  }
  return next
}

const selects = [
  statement<object, Due>(() =>
    tables
      .selectFrom('job')
      .select(sql<number | null>`min(due_at)`.as('at'))
      .where('state', '=', literal('scheduled')),
  ),
  statement<object, Due>(() =>
    tables
      .selectFrom('job')
      .select(sql<number | null>`min(lease_until)`.as('at'))
      .where('state', '=', literal('running')),
  ),
  statement<object, Due>(() =>
    tables
      .selectFrom('job')
      .select(sql<number | null>`min(expires_at)`.as('at'))
      .where('expires_at', 'is not', null)
      .where(sql<boolean>`state in ('scheduled', 'ready', 'blocked')`),
  ),
  statement<object, Due>(() =>
    tables
      .selectFrom('schedule')
      .select(sql<number | null>`min(next_at)`.as('at'))
      .where('enabled', '=', literal(1))
      .where('next_at', 'is not', null),
  ),
  statement<object, Due>(() =>
    tables
      .selectFrom('outbox')
      .select(sql<number | null>`min(due_at)`.as('at'))
      .where('state', '=', literal('pending')),
  ),
  statement<object, Due>(() =>
    tables
      .selectFrom('outbox')
      .select(sql<number | null>`min(lease_until)`.as('at'))
      .where('state', '=', literal('sending')),
  ),
]
