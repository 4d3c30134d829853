import { StoreError } from './errors.ts'
import { openSqliteStore } from './sqlite-store.ts'
import type { OpenStoreOptions, Store } from './store.ts'
import type { NoTables } from './tables.ts'

/**
 * Opens (and creates, and migrates) a database.
 *
 * @throws StoreError `BAD_ADDRESS`, `FOREIGN_DATABASE`, `NEWER_DATABASE`, `MIGRATION_FAILED`, `DISK_FULL`, `BUSY`; for a file
 * `ADDON_MISSING`, `NETWORK_FILE_SYSTEM`, `UNWRITABLE`, `NOT_A_DATABASE`, `CORRUPT`; for a server `DRIVER_MISSING`,
 * `UNREACHABLE`, `REFUSED`
 */
export async function openStore<Extra = NoTables>(options: OpenStoreOptions): Promise<Store<Extra>> {
  options.signal?.throwIfAborted()
  if (!/^postgres(?:ql)?:/.test(options.url)) return await openSqliteStore<Extra>(options)
  // Who works on a file loads nothing of a server's driver.
  const { openPostgresStore } = await import('./postgres-store.ts').catch((cause: unknown) => {
    throw driverMissing(cause)
  })
  return await openPostgresStore<Extra>(options)
}

function driverMissing(cause: unknown): unknown {
  if (!(cause instanceof Error) || !('code' in cause) || cause.code !== 'ERR_MODULE_NOT_FOUND') return cause
  return new StoreError('DRIVER_MISSING', 'a postgres:// address needs the package pg', {
    hint: 'npm install pg',
    cause,
  })
}
