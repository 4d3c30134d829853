import { parentPort, workerData } from 'node:worker_threads'
import {
  type CommandContext,
  type OrchestratorTables,
  orchestratorMigrations,
  runCommand,
  runQuery,
} from '@tmux-orchestrator/orchestrator'
import { isStoreError, newId, openStore, type Store, type Work } from '@tmux-orchestrator/scheduler-db'
import { CommitPace } from './commit-pace.ts'
import { type JobCommands, jobWork, runJobQuery } from './job-operations.ts'
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

/** What programs of clients said they know; as many as one database has use for. */
const clientKinds = new Set<string>()
const clientKindsMax = 1_000

const pace = new CommitPace()
let hold: NodeJS.Timeout | undefined

/** Begins to work on what has arrived, or lets it wait a moment for those that are to share its commit. */
function arrive(store: Store<OrchestratorTables>): void {
  if (isBusy) return
  const holdMs = isClosing || waiting.some((call) => !isChange(call)) ? 0 : pace.holdMs(waiting.length)
  if (holdMs > 0) {
    hold ??= setTimeout(() => void work(store), holdMs)
    return
  }
  void work(store)
}

async function work(store: Store<OrchestratorTables>): Promise<void> {
  clearTimeout(hold)
  hold = undefined
  if (isBusy) return
  isBusy = true
  while (waiting.length > 0) {
    const calls = waiting.splice(0, maxCallsPerCommit)
    const commands = calls.filter(isChange)
    const replies = commands.length === 0 ? [] : await commitTimed(store, commands)
    const queries = calls.filter((call) => !isChange(call))
    for (const call of queries) replies.push(await settle(call.id, () => query(store, call)))
    reply(replies, commands.length)
    // What arrived meanwhile may wait for those who were answered just now.
    await new Promise(setImmediate)
    if (!isClosing && waiting.every(isChange) && pace.holdMs(waiting.length) > 0) break
  }
  isBusy = false
  if (isClosing) await close(store)
  else if (waiting.length > 0) arrive(store)
}

function isChange({ kind }: StoreCall): boolean {
  return kind === 'command' || kind === 'job-command'
}

async function commitTimed(
  store: Store<OrchestratorTables>,
  calls: readonly StoreCall[],
): Promise<StoreReply[]> {
  const begin = performance.now()
  const replies = await commit(store, calls)
  pace.committed({ calls: calls.length, waiting: waiting.length, tookMs: performance.now() - begin })
  return replies
}

function context(store: Store<OrchestratorTables>): CommandContext {
  return { now: store.now(), newId, host, clientKinds: [...clientKinds] }
}

/** A program that claims a kind knows it, so a job of it that loses each of its workers may be declared dead. */
function learnKinds({ kinds }: { readonly kinds: readonly string[] }): void {
  for (const kind of kinds) if (clientKinds.size < clientKindsMax) clientKinds.add(kind)
}

async function commit(store: Store<OrchestratorTables>, calls: readonly StoreCall[]): Promise<StoreReply[]> {
  const steps = calls.map(
    (call): Work<OrchestratorTables> =>
      call.kind === 'command'
        ? (tx) => runCommand(tx, call.name, call.args, context(store))
        : jobWork(toJobCommand(call), store.now()),
  )
  try {
    const outcomes = await store.batch(steps)
    return calls.map((call, index) => toReply(call.id, outcomes[index]))
  } catch (error) {
    return calls.map((call) => ({ id: call.id, error: toWireError(error) }))
  }
}

/** The other side of this thread's port typed it so. */
function toJobCommand({ name, args }: StoreCall): { name: keyof JobCommands; args: never } {
  if (name === 'job.claim') learnKinds(args as JobCommands['job.claim'])
  return { name: name as keyof JobCommands, args: args as never }
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
    setImmediate(() => arrive(store))
  })
  // Without it the clock still makes the daemon look.
  await store
    .watch(() => send({ type: 'changed' }))
    .catch((error: unknown) => {
      if (!isStoreError(error)) throw error
    })
  send({ type: 'ready' })
}
