import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { MigrationSet } from './migrate.ts'
import { openStore, type Store } from './store.ts'
import type { NoTables } from './tables.ts'

export interface TemporaryStoreOptions {
  readonly migrations?: readonly MigrationSet[]
  readonly clock?: () => number
}

export interface TemporaryStore<Extra> extends AsyncDisposable {
  readonly store: Store<Extra>
  /** The database file, in a folder of its own. */
  readonly path: string
  /** Its address, for a second `openStore`. */
  readonly url: string
}

/** A store in a temporary folder; disposing closes it and removes the folder. */
export async function temporaryStore<Extra = NoTables>(
  options: TemporaryStoreOptions = {},
): Promise<TemporaryStore<Extra>> {
  const folder = mkdtempSync(join(tmpdir(), 'tmo-store-'))
  const path = join(folder, 'tmo.db')
  const url = `sqlite:${path}`
  const remove = (): void => rmSync(folder, { recursive: true, force: true })
  try {
    const store = await openStore<Extra>({ ...options, url })
    return {
      store,
      path,
      url,
      [Symbol.asyncDispose]: async () => {
        await store.close()
        remove()
      },
    }
  } catch (error) {
    remove()
    throw error
  }
}
