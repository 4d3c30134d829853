import { temporaryStore } from '../src/testing.ts'
import { storeContracts } from './contract.ts'

storeContracts(temporaryStore)
