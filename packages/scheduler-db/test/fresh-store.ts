import { afterEach, beforeEach } from 'vitest'
import type { NoTables, Store } from '../src/index.ts'
import type { TemporaryStore, TemporaryStoreOptions } from '../src/testing.ts'

export type OpenTemporaryStore = <Extra = NoTables>(
  options?: Omit<TemporaryStoreOptions, 'postgres'>,
) => Promise<TemporaryStore<Extra>>

/** The store of the test that runs, and its address. */
export interface FreshStore {
  readonly store: Store
  readonly url: string
}

/** Gives each test of the suite a store of its own, and removes it. */
export function freshStore(open: OpenTemporaryStore): FreshStore {
  let home: TemporaryStore<NoTables>
  beforeEach(async () => {
    home = await open()
  })
  afterEach(async () => {
    await home[Symbol.asyncDispose]()
  })
  return {
    get store() {
      return home.store
    },
    get url() {
      return home.url
    },
  }
}
