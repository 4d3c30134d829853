import { StoreError } from './errors.ts'
import { type QueryRunner, statement, tables } from './statement.ts'

/** Who wants to hold a name, and for how long. */
export interface LeaseClaim {
  readonly name: string
  /** Who holds it; unique per process and start, see `processOwner`. */
  readonly owner: string
  readonly ttlMs: number
  readonly now: number
}

/** Who holds a name, and until when. */
export interface Lease {
  readonly name: string
  readonly owner: string
  /** Rises with each new holder: whoever sees a higher one ignores the lower. */
  readonly token: number
  readonly until: number
}

interface Take {
  readonly name: string
  readonly owner: string
  readonly until: number
  readonly now: number
}

const take = statement<Take, { readonly token: number }>((p) =>
  tables
    .insertInto('lease')
    .values({ name: p('name'), owner: p('owner'), token: 1, until: p('until') })
    .onConflict((conflict) =>
      conflict
        .column('name')
        .doUpdateSet((eb) => ({
          owner: p('owner'),
          until: p('until'),
          token: eb
            .case()
            .when(eb.and([eb('lease.owner', '=', p('owner')), eb('lease.until', '>', p('now'))]))
            .then(eb.ref('lease.token'))
            .else(eb('lease.token', '+', 1))
            .end(),
        }))
        .where((eb) => eb.or([eb('lease.until', '<=', p('now')), eb('lease.owner', '=', p('owner'))])),
    )
    .returning('token'),
)

/** Takes the named lease; `undefined` while another owner holds it. The holder itself gets its own token again, extended. */
export async function acquireLease(
  tx: QueryRunner,
  claim: LeaseClaim,
): Promise<{ readonly token: number } | undefined> {
  const { name, owner, ttlMs, now } = claim
  return (await take(tx, { name, owner, now, until: now + ttlMs })).rows[0]
}

/** A lease that somebody holds, by the token that they were given. */
export interface HeldLease {
  readonly name: string
  readonly token: number
  readonly now: number
}

const renew = statement<HeldLease & { readonly until: number }, unknown>((p) =>
  tables
    .updateTable('lease')
    .set({ until: p('until') })
    .where('name', '=', p('name'))
    .where('token', '=', p('token'))
    .where('until', '>', p('now')),
)

/**
 * Extends a lease that is still held.
 *
 * @throws StoreError `LEASE_LOST` when it ran out or somebody else has it
 */
export async function renewLease(
  tx: QueryRunner,
  held: HeldLease & { readonly ttlMs: number },
): Promise<void> {
  const { name, token, now, ttlMs } = held
  const { numAffectedRows } = await renew(tx, { name, token, now, until: now + ttlMs })
  if (numAffectedRows === 1n) return
  throw new StoreError('LEASE_LOST', `the lease is not held with token ${token}: ${name}`, {
    hint: 'stop what the lease protects',
    details: { id: name, token },
  })
}

const release = statement<HeldLease, unknown>((p) =>
  tables
    .updateTable('lease')
    .set({ until: p('now') })
    .where('name', '=', p('name'))
    .where('token', '=', p('token'))
    .where('until', '>', p('now')),
)

/** Gives a lease back; `false` when it was no longer held. */
export async function releaseLease(tx: QueryRunner, held: HeldLease): Promise<boolean> {
  return (await release(tx, { name: held.name, token: held.token, now: held.now })).numAffectedRows === 1n
}

const select = statement<{ readonly name: string }, Lease>((p) =>
  tables.selectFrom('lease').selectAll().where('name', '=', p('name')),
)

/** The lease as last written, also when it has run out; `undefined` when nobody ever had it. */
export async function readLease(db: QueryRunner, name: string): Promise<Lease | undefined> {
  return (await select(db, { name })).rows[0]
}
