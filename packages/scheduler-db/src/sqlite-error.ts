import { StoreError, type StoreErrorCode } from './errors.ts'

const meanings: readonly (readonly [prefix: string, code: StoreErrorCode, what: string, hint?: string])[] = [
  [
    'SQLITE_BUSY',
    'BUSY',
    'another process kept the database locked',
    'one process should write; look for a second one',
  ],
  ['SQLITE_LOCKED', 'BUSY', 'the database is locked'],
  ['SQLITE_FULL', 'DISK_FULL', 'the disk is full; the change was not made', 'free some space and try again'],
  [
    'SQLITE_NOTADB',
    'NOT_A_DATABASE',
    'the file is not a SQLite database',
    'move the file away, or name another path',
  ],
  [
    'SQLITE_CORRUPT',
    'CORRUPT',
    'the database file is damaged',
    'restore the newest backup that lies beside it',
  ],
  [
    'SQLITE_READONLY',
    'READ_ONLY',
    'the database cannot be written to',
    'check the owner and mode of file and folder',
  ],
  [
    'SQLITE_CANTOPEN',
    'UNWRITABLE',
    'the database file cannot be opened',
    'check that the folder exists and is writable',
  ],
  [
    'SQLITE_PERM',
    'UNWRITABLE',
    'the database file cannot be opened',
    'check the owner and mode of file and folder',
  ],
  [
    'SQLITE_IOERR',
    'IO_FAILED',
    'the disk failed while the database was used',
    'look at the system log; check free space',
  ],
  ['SQLITE_CONSTRAINT', 'CONSTRAINT', 'the row contradicts a rule of its table'],
]

/** Gives SQLite's failures their codes; anything else (a fault in a statement, a `TypeError`) comes back as it was. */
export function toStoreError(error: unknown, path: string): unknown {
  if (!(error instanceof Error) || error.name === 'StoreError') return error
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  const meaning = meanings.find(([prefix]) => code.startsWith(prefix))
  if (meaning === undefined) return error
  return new StoreError(meaning[1], `${meaning[2]} (${error.message}): ${path}`, {
    ...(meaning[3] === undefined ? {} : { hint: meaning[3] }),
    details: { path, sqlite: code },
    cause: error,
  })
}
