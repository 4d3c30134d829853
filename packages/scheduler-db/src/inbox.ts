import { type QueryRunner, statement, tables } from './statement.ts'

/** Something that came in, by the key that it is known again by. */
export interface Seen {
  readonly consumer: string
  readonly idemKey: string
  readonly now: number
}

const insertSeen = statement<Seen, unknown>((p) =>
  tables
    .insertInto('inbox_seen')
    .values({ consumer: p('consumer'), idem_key: p('idemKey'), seen_at: p('now') })
    .onConflict((conflict) => conflict.columns(['consumer', 'idem_key']).doNothing()),
)

/** `true` the first time: in the transaction of an effect, it makes that effect happen once. */
export async function recordSeen(tx: QueryRunner, seen: Seen): Promise<boolean> {
  return (await insertSeen(tx, seen)).numAffectedRows === 1n
}
