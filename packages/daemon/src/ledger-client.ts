import { EventEmitter } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { Ledger } from '@tmux-orchestrator/orchestrator'
import type { JobFigures } from '@tmux-orchestrator/scheduler-db'
import { DaemonError } from './errors.ts'
import type { JobCommands } from './job-operations.ts'
import type {
  FromStoreThread,
  StoreCall,
  StoreReply,
  StoreThreadOptions,
  ToStoreThread,
} from './store-messages.ts'
import { RemoteError, toWireError } from './wire-error.ts'

export interface LedgerEvents {
  /** So many commands went to the disk in one commit. */
  'ledger:committed': [event: { commands: number }]
  /** Another process or machine committed something: what is due, and the history, may have changed. */
  'ledger:changed': [event: Record<never, never>]
  /** The store's thread is gone; nothing can be written any more. */
  'ledger:lost': [event: { error: Error }]
}

interface Waiter {
  readonly name: string
  resolve(result: unknown): void
  reject(error: Error): void
}

/** The store's codes for what may well succeed later, unlike a command that is wrong. */
const storeFailures: ReadonlySet<string> = new Set([
  'BUSY',
  'CLOSED',
  'CORRUPT',
  'DISK_FULL',
  'IO_FAILED',
  'READ_ONLY',
  'UNWRITABLE',
])

/** The store in a thread of its own, so that waiting for the disk never stalls this one. */
export class LedgerClient implements AsyncDisposable {
  readonly events: EventEmitter<LedgerEvents> = new EventEmitter()
  readonly ledger: Ledger
  readonly #thread: Worker
  readonly #waiting = new Map<number, Waiter>()
  readonly #exited: Promise<void>
  readonly #ready: Promise<void>
  #settleReady: (failure?: Error) => void = () => {}
  #outgoing: StoreCall[] = []
  #nextId = 1
  #commands = 0
  #commits = 0
  #failures = 0
  #closing: Promise<void> | undefined
  #lost: Error | undefined

  private constructor(thread: Worker) {
    this.#thread = thread
    this.ledger = toLedger((kind, name, args) => this.#call(kind, name, args))
    this.#ready = new Promise((resolve, reject) => {
      this.#settleReady = (failure) => (failure === undefined ? resolve() : reject(failure))
    })
    this.#exited = new Promise((resolve) => thread.once('exit', () => resolve()))
    thread.on('message', (message: FromStoreThread) => this.#receive(message))
    thread.on('error', (error) => this.#lose(error instanceof Error ? error : new Error(String(error))))
    thread.on('exit', () => this.#lose(new Error('the thread ended')))
  }

  /**
   * Opens the database in a new thread and brings it up to date.
   *
   * @throws RemoteError with the store's own code (`NEWER_DATABASE`, `DISK_FULL` …) when it cannot be opened
   */
  static async open(options: StoreThreadOptions): Promise<LedgerClient> {
    // From the sources and from the build, the thread's program is the built one.
    const thread = new Worker(new URL('../dist/store-worker.js', import.meta.url), { workerData: options })
    const client = new LedgerClient(thread)
    await client.#ready
    return client
  }

  /** Calls that await their answer, what the commits carried so far, and calls that failed for the store's own reasons. */
  get counters(): { pending: number; commands: number; commits: number; failures: number } {
    const { size: pending } = this.#waiting
    return { pending, commands: this.#commands, commits: this.#commits, failures: this.#failures }
  }

  /** What the schedule did and what waits. */
  async jobFigures(): Promise<JobFigures> {
    return (await this.#call('job-query', 'job.figures', null)) as JobFigures
  }

  /** Changes jobs whatever their kind, in a commit that others share. */
  job<N extends keyof JobCommands>(name: N, args: JobCommands[N]): Promise<unknown> {
    return this.#call('job-command', name, args)
  }

  /** Finishes what was called, closes the database, ends the thread. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  /** Ends the thread at once; calls under way are rejected, and what was committed stands. */
  async kill(): Promise<void> {
    await this.#thread.terminate()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #close(): Promise<void> {
    if (this.#lost === undefined) {
      this.#flush()
      this.#post({ type: 'close' })
    }
    await this.#exited
  }

  #call(kind: StoreCall['kind'], name: string, args: unknown): Promise<unknown> {
    if (this.#lost !== undefined) return Promise.reject(storeLost(name, this.#lost))
    if (this.#closing !== undefined) {
      return Promise.reject(new DaemonError('CLOSED', `${name}: the store is being closed`))
    }
    const id = this.#nextId
    this.#nextId += 1
    if (this.#outgoing.length === 0) setImmediate(() => this.#flush())
    this.#outgoing.push({ id, kind, name, args })
    return new Promise((resolve, reject) => this.#waiting.set(id, { name, resolve, reject }))
  }

  /** One message for all calls of a turn: they reach the thread together, and one commit carries them. */
  #flush(): void {
    if (this.#outgoing.length === 0 || this.#lost !== undefined) return
    const calls = this.#outgoing
    this.#outgoing = []
    if (this.#tryPost(calls)) return
    for (const call of calls) this.#tryPost([call])
  }

  /** Whether the calls could be copied; a single one that cannot is rejected. */
  #tryPost(calls: readonly StoreCall[]): boolean {
    try {
      this.#post({ type: 'calls', calls })
      return true
    } catch (error) {
      const only = calls.length === 1 ? calls[0] : undefined
      if (only !== undefined) this.#settle({ id: only.id, error: toWireError(error) })
      return false
    }
  }

  #post(message: ToStoreThread): void {
    this.#thread.postMessage(message)
  }

  #receive(message: FromStoreThread): void {
    if (message.type === 'ready') this.#settleReady()
    if (message.type === 'failed') this.#settleReady(new RemoteError(message.error))
    if (message.type === 'changed') this.events.emit('ledger:changed', {})
    if (message.type !== 'replies') return
    for (const reply of message.replies) this.#settle(reply)
    if (message.committed === 0) return
    this.#commands += message.committed
    this.#commits += 1
    this.events.emit('ledger:committed', { commands: message.committed })
  }

  #settle(reply: StoreReply): void {
    const waiter = this.#waiting.get(reply.id)
    this.#waiting.delete(reply.id)
    if ('result' in reply) {
      waiter?.resolve(reply.result)
      return
    }
    if (storeFailures.has(reply.error.code)) this.#failures += 1
    waiter?.reject(new RemoteError(reply.error))
  }

  #lose(cause: Error): void {
    if (this.#lost !== undefined) return
    this.#lost = cause
    this.#failures += 1
    this.#settleReady(
      new DaemonError('STORE_LOST', `the thread of the store ended (${cause.message})`, { cause }),
    )
    for (const waiter of this.#waiting.values()) waiter.reject(storeLost(waiter.name, cause))
    this.#waiting.clear()
    if (this.#closing === undefined) this.events.emit('ledger:lost', { error: cause })
  }
}

function storeLost(name: string, cause: Error): DaemonError {
  return new DaemonError('STORE_LOST', `${name}: the thread of the store is gone (${cause.message})`, {
    details: { request: name, outcome: 'unknown' },
    cause,
  })
}

type Call = (kind: 'command' | 'query', name: string, args: unknown) => Promise<unknown>

/** The other thread runs the very functions that the maps of the ledger describe; this is where its answers get their types back. */
function toLedger(call: Call): Ledger {
  const untyped = {
    command: (name: string, args: unknown) => call('command', name, args),
    query: (name: string, args: unknown) => call('query', name, args),
  }
  return untyped as Ledger
}
