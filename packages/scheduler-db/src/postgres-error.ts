import { StoreError, type StoreErrorCode } from './errors.ts'

const meanings: readonly (readonly [pattern: RegExp, code: StoreErrorCode, what: string, hint?: string])[] = [
  [/^23/, 'CONSTRAINT', 'the row contradicts a rule of its table'],
  [/^22/, 'CONSTRAINT', 'a value does not fit its column'],
  [
    /^25006$/,
    'READ_ONLY',
    'the database cannot be written to here',
    'write in store.transaction(); a standby server only reads',
  ],
  [/^25P0/, 'TRANSACTION_ENDED', 'PostgreSQL gave the transaction up after an earlier failure'],
  [
    /^(?:40001|40P01|55P03|57014|53300)$/,
    'BUSY',
    'others kept the database busy',
    'try again; look at the number of connections',
  ],
  [
    /^(?:53100|53200|53000)$/,
    'DISK_FULL',
    'the server has no room; the change was not made',
    'make room on the server and try again',
  ],
  [/^(?:58|F0)/, 'IO_FAILED', 'the server failed at its disk', "look at the server's log"],
  [/^XX00[12]$/, 'CORRUPT', "the server's data is damaged", "look at the server's log; restore a backup"],
  [
    /^(?:28|3D|42501)/,
    'REFUSED',
    'the server does not let this address in',
    'check user, password and database of the address',
  ],
  [
    /^(?:08|57P0|ECONN|ENOENT|ENOTFOUND|EAI_|EHOST|ENET|EPIPE|ETIMEDOUT|EACCES)/,
    'UNREACHABLE',
    'the database server cannot be reached',
    'check that it runs and that the address is right',
  ],
]

/** Gives PostgreSQL's failures their codes; anything else (a fault in a statement, a `TypeError`) comes back as it was. */
export function fromPostgresError(error: unknown, database: string): unknown {
  if (!(error instanceof Error) || error.name === 'StoreError') return error
  const code = postgresCode(error)
  const meaning = meanings.find(([pattern]) => pattern.test(code))
  if (meaning === undefined) return error
  return new StoreError(meaning[1], `${meaning[2]} (${error.message || code}): ${database}`, {
    ...(meaning[3] === undefined ? {} : { hint: meaning[3] }),
    details: { database, postgres: code },
    cause: error,
  })
}

/** SQLSTATE, or the system's code; the driver says a broken connection in words alone. */
function postgresCode(error: Error): string {
  if ('code' in error && typeof error.code === 'string') return error.code
  // An address with several hosts behind it fails with all their errors.
  if (error instanceof AggregateError && error.errors[0] instanceof Error)
    return postgresCode(error.errors[0])
  return /^(?:Connection terminated|timeout exceeded when trying to connect|Client has encountered)/.test(
    error.message,
  )
    ? '08006'
    : ''
}

/** Unique indices that two who decide at the same time may both run into; deciding anew finds the other's row. */
const decidedAtOnce: readonly string[] = ['job_dedupe_first', 'job_concurrency', 'schedule_name_key']

/** Whether the same transaction may well succeed when it is run again: nothing of it stands. */
export function isWorthRepeating(error: unknown): boolean {
  const cause = error instanceof StoreError ? error.cause : error
  if (!(cause instanceof Error) || !('code' in cause)) return false
  if (cause.code === '40001' || cause.code === '40P01') return true
  return cause.code === '23505' && 'constraint' in cause && decidedAtOnce.includes(String(cause.constraint))
}
