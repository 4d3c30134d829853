import { describe } from 'vitest'
import type { OpenTemporaryStore } from './fresh-store.ts'
import { jobFailuresContract } from './job-failures.contract.ts'
import { jobFiguresContract } from './job-figures.contract.ts'
import { jobLeasesContract } from './job-leases.contract.ts'
import { jobNeedsContract } from './job-needs.contract.ts'
import { jobsContract } from './jobs.contract.ts'
import { manyJobsContract } from './many-jobs.contract.ts'
import { messagesContract } from './messages.contract.ts'
import { pruneContract } from './prune.contract.ts'
import { schedulesContract } from './schedules.contract.ts'
import { storeContract } from './store.contract.ts'

/** What holds on every kind of database. */
export function storeContracts(open: OpenTemporaryStore): void {
  describe('store', () => storeContract(open))
  describe('jobs', () => jobsContract(open))
  describe('leases of jobs', () => jobLeasesContract(open))
  describe('failures of jobs', () => jobFailuresContract(open))
  describe('figures of jobs', () => jobFiguresContract(open))
  describe('needs of jobs', () => jobNeedsContract(open))
  describe('many jobs at once', () => manyJobsContract(open))
  describe('schedules', () => schedulesContract(open))
  describe('messages, leases, events', () => messagesContract(open))
  describe('retention', () => pruneContract(open))
}
