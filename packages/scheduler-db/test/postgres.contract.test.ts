import { afterAll, beforeAll } from 'vitest'
import { type TemporaryPostgres, temporaryPostgres, temporaryStore } from '../src/testing.ts'
import { storeContracts } from './contract.ts'

let postgres: TemporaryPostgres
beforeAll(async () => {
  postgres = await temporaryPostgres()
})
afterAll(async () => {
  await postgres[Symbol.asyncDispose]()
})

storeContracts((options) => temporaryStore({ ...options, postgres }))
