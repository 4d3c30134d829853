import { parentPort, workerData } from 'node:worker_threads'
import {
  type Database,
  type OrchestratorTables,
  orchestratorMigrations,
  runCommand,
  runQuery,
} from '@tmux-orchestrator/orchestrator'
import { isStoreError, newId, openStore, type Store } from '@tmux-orchestrator/scheduler-db'
import { runJobCommand, runJobQuery } from './job-operations.ts'
import type {
  FromStoreThread,
  StoreCall,
  StoreReply,
  StoreThreadOptions,
  ToStoreThread,
} from './store-messages.ts'
import { toWireError } from './wire-error.ts'

/** The thread that owns the database: everything that arrives while one commit is on its way to the disk shares the next one. */

const maxCallsPerCommit = 500

const port = parentPort
if (port === null) throw new TypeError('store-worker runs as a worker thread')
const send = (message: FromStoreThread): void => port.postMessage(message)
const { url, host }: StoreThreadOptions = workerData

const waiting: StoreCall[] = []
let isBusy = false
let isClosing = false

async function work(store: Store<OrchestratorTables>): Promise<void> {
  if (isBusy) return
  isBusy = true
  while (waiting.length > 0) {
    const calls = waiting.splice(0, maxCallsPerCommit)
    const commands = calls.filter(({ kind }) => kind === 'command' || kind === 'job-command')
    const replies = commands.length === 0 ? [] : await commit(store, commands)
    const queries = calls.filter(({ kind }) => kind === 'query' || kind === 'job-query')
    for (const call of queries) replies.push(await settle(call.id, () => query(store, call)))
    reply(replies, commands.length)
  }
  isBusy = false
  if (isClosing) await close(store)
}

function context(store: Store<OrchestratorTables>): { now: number; newId(): string; host: string } {
  return { now: store.now(), newId, host }
}

async function commit(store: Store<OrchestratorTables>, calls: readonly StoreCall[]): Promise<StoreReply[]> {
  const steps = calls.map(
    (call) => (tx: Database) =>
      call.kind === 'command'
        ? runCommand(tx, call.name, call.args, context(store))
        : runJobCommand(tx, call.name, call.args, store.now()),
  )
  try {
    const outcomes = await store.batch(steps)
    return calls.map((call, index) => toReply(call.id, outcomes[index]))
  } catch (error) {
    return calls.map((call) => ({ id: call.id, error: toWireError(error) }))
  }
}

function toReply(id: number, outcome: PromiseSettledResult<unknown> | undefined): StoreReply {
  if (outcome === undefined) return { id, error: { code: 'INTERNAL', message: 'the store gave no outcome' } }
  return outcome.status === 'fulfilled'
    ? { id, result: outcome.value }
    : { id, error: toWireError(outcome.reason) }
}

async function query(store: Store<OrchestratorTables>, call: StoreCall): Promise<unknown> {
  if (call.kind === 'job-query') return await runJobQuery(store.db, call.name, store.now())
  return await runQuery(store.db, call.name, call.args, context(store))
}

async function settle(id: number, run: () => Promise<unknown>): Promise<StoreReply> {
  try {
    return { id, result: await run() }
  } catch (error) {
    return { id, error: toWireError(error) }
  }
}

function reply(replies: readonly StoreReply[], committed: number): void {
  try {
    send({ type: 'replies', replies, committed })
  } catch (error) {
    // A result that cannot be copied between threads is its own caller's failure, not everybody's.
    if (replies.length === 1) {
      const id = replies[0]?.id ?? 0
      send({ type: 'replies', replies: [{ id, error: toWireError(error) }], committed })
      return
    }
    for (const [index, one] of replies.entries()) reply([one], index === 0 ? committed : 0)
  }
}

async function close(store: Store<OrchestratorTables>): Promise<void> {
  await store.close()
  send({ type: 'closed' })
  port?.close()
}

async function open(): Promise<Store<OrchestratorTables> | undefined> {
  try {
    return await openStore<OrchestratorTables>({ url, migrations: [orchestratorMigrations] })
  } catch (error) {
    send({ type: 'failed', error: toWireError(error) })
    port?.close()
    return undefined
  }
}

const store = await open()
if (store !== undefined) {
  port.on('message', (message: ToStoreThread) => {
    if (message.type === 'close') isClosing = true
    else waiting.push(...message.calls)
    // On the next turn, so that all that this turn brings is one commit.
    setImmediate(() => void work(store))
  })
  // Without it the clock still makes the daemon look.
  await store
    .watch(() => send({ type: 'changed' }))
    .catch((error: unknown) => {
      if (!isStoreError(error)) throw error
    })
  send({ type: 'ready' })
}
