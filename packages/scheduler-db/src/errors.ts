/** What can go wrong with the store, as stable codes; each is described in the README. */
export type StoreErrorCode =
  | 'ADDON_MISSING'
  | 'BAD_ADDRESS'
  | 'BAD_INPUT'
  | 'BUSY'
  | 'CLOSED'
  | 'CONSTRAINT'
  | 'CORRUPT'
  | 'DISK_FULL'
  | 'DRIVER_MISSING'
  | 'FOREIGN_DATABASE'
  | 'IO_FAILED'
  | 'LEASE_LOST'
  | 'MIGRATION_FAILED'
  | 'NESTED_TRANSACTION'
  | 'NETWORK_FILE_SYSTEM'
  | 'NEWER_DATABASE'
  | 'NOT_A_DATABASE'
  | 'NO_SUCH_JOB'
  | 'OUTCOME_UNKNOWN'
  | 'READ_ONLY'
  | 'REFUSED'
  | 'TRANSACTION_ENDED'
  | 'UNREACHABLE'
  | 'UNWRITABLE'

/** What an error is about; each is absent where it does not apply. */
export interface StoreErrorDetails {
  /** The database file. */
  readonly path?: string
  /** The job, message, lease or schedule it was about. */
  readonly id?: string
  readonly token?: number
  /** The address of a PostgreSQL database, without its password. */
  readonly database?: string
  /** PostgreSQL's own code, as `53100`. */
  readonly postgres?: string
  /** SQLite's own code, as `SQLITE_FULL`. */
  readonly sqlite?: string
  readonly package?: string
  readonly migration?: string
  readonly fileSystem?: string
}

export interface StoreErrorOptions {
  readonly hint?: string
  readonly details?: StoreErrorDetails
  readonly cause?: unknown
}

/** The one error class of this package; compare with {@link isStoreError}, not `instanceof`. */
export class StoreError extends Error {
  override readonly name: string = 'StoreError'
  readonly code: StoreErrorCode
  /** What to do next, as one line; absent when there is nothing to advise. */
  readonly hint: string | undefined
  readonly details: StoreErrorDetails

  constructor(code: StoreErrorCode, message: string, options: StoreErrorOptions = {}) {
    super(message, options.cause === undefined ? {} : { cause: options.cause })
    this.code = code
    this.hint = options.hint
    this.details = options.details ?? {}
  }
}

/** Whether `value` is a {@link StoreError}, also one from another copy of this package or another thread. */
export function isStoreError(value: unknown, code?: StoreErrorCode): value is StoreError {
  return (
    value instanceof Error &&
    value.name === 'StoreError' &&
    'code' in value &&
    (code === undefined || value.code === code)
  )
}
