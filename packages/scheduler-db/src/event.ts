import { isPostgres } from './adapters.ts'
import { type Json, parseJson } from './json.ts'
import { rowLimit } from './literal.ts'
import { readBelowOpen } from './postgres-events.ts'
import { type QueryRunner, statement, tables } from './statement.ts'

/** One thing that happened, to be appended. */
export interface NewEvent {
  readonly stream: string
  /** `noun:past-participle`, as `job:died`. */
  readonly kind: string
  /** The id of what it happened to. */
  readonly subject?: string | undefined
  readonly data?: Json | undefined
}

/** One thing that happened, with its place in the order of all. */
export interface Event {
  /** Rises in the order of commits: a reader who asks for everything after the last one it saw misses nothing. */
  readonly seq: number
  readonly at: number
  readonly stream: string
  readonly kind: string
  readonly subject?: string
  readonly data?: Json
}

export interface EventRow {
  readonly seq: number
  readonly at: number
  readonly stream: string
  readonly kind: string
  readonly subject: string | null
  readonly data: string | null
}

interface InsertEvent {
  readonly at: number
  readonly stream: string
  readonly kind: string
  readonly subject: string | null
  readonly data: string | null
}

const insertEvent = statement<InsertEvent, { seq: number }>((p) =>
  tables
    .insertInto('event')
    .values({ at: p('at'), stream: p('stream'), kind: p('kind'), subject: p('subject'), data: p('data') })
    .returning('seq'),
)

/** Appends to the history and gives the event's number. */
export async function appendEvent(
  tx: QueryRunner,
  event: NewEvent,
  { now }: { readonly now: number },
): Promise<number> {
  const { rows } = await insertEvent(tx, {
    at: now,
    stream: event.stream,
    kind: event.kind,
    subject: event.subject ?? null,
    data: event.data === undefined ? null : JSON.stringify(event.data),
  })
  return rows[0]?.seq ?? 0
}

/** Which events, after which, and how many at most. */
export interface ReadEventsOptions {
  /** The last number seen; 0 for all. */
  readonly after: number
  /** At most so many; fewer means that there are no more yet. @defaultValue 1000 */
  readonly limit?: number
  readonly stream?: string | undefined
}

interface SelectEvents {
  readonly after: number
  readonly limit: number
}

const selectEvents = statement<SelectEvents, EventRow>((p) =>
  tables
    .selectFrom('event')
    .selectAll()
    .where('seq', '>', p('after'))
    .orderBy('seq')
    .limit(rowLimit(p('limit'))),
)

const selectStream = statement<SelectEvents & { readonly stream: string }, EventRow>((p) =>
  tables
    .selectFrom('event')
    .selectAll()
    .where('stream', '=', p('stream'))
    .where('seq', '>', p('after'))
    .orderBy('seq')
    .limit(rowLimit(p('limit'))),
)

/** Events in their order; empty when there are none after `after`. */
export async function readEvents(db: QueryRunner, options: ReadEventsOptions): Promise<readonly Event[]> {
  const { after, limit = 1000, stream } = options
  if (isPostgres(db)) return (await readBelowOpen(db, { after, limit, stream })).map(toEvent)
  const { rows } =
    stream === undefined
      ? await selectEvents(db, { after, limit })
      : await selectStream(db, { after, limit, stream })
  return rows.map(toEvent)
}

function toEvent({ seq, at, stream, kind, subject, data }: EventRow): Event {
  return {
    seq,
    at,
    stream,
    kind,
    ...(subject === null ? {} : { subject }),
    ...(data === null ? {} : { data: parseJson(data) }),
  }
}
