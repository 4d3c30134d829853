import { describe } from 'vitest'
import type { NoTables } from '../src/index.ts'
import type { TemporaryStore, TemporaryStoreOptions } from '../src/testing.ts'
import { jobsContract } from './jobs.contract.ts'
import { messagesContract } from './messages.contract.ts'
import { pruneContract } from './prune.contract.ts'
import { schedulesContract } from './schedules.contract.ts'
import { storeContract } from './store.contract.ts'

export type OpenTemporaryStore = <Extra = NoTables>(
  options?: Omit<TemporaryStoreOptions, 'postgres'>,
) => Promise<TemporaryStore<Extra>>

/** What holds on every kind of database. */
export function storeContracts(open: OpenTemporaryStore): void {
  describe('store', () => storeContract(open))
  describe('jobs', () => jobsContract(open))
  describe('schedules', () => schedulesContract(open))
  describe('messages, leases, events', () => messagesContract(open))
  describe('retention', () => pruneContract(open))
}
