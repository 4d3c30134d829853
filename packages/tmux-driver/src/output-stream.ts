import type { PaneId } from './ids.ts'
import { outputLength } from './output-lines.ts'
import { OutputQueue } from './output-queue.ts'
import type { Screen } from './screen.ts'
import type { TmuxServer } from './tmux-server.ts'

/** How far one pane of a stream is. Bytes are handed on only while it flows. */
interface Flow {
  /** `behind`: it needs a screen before bytes make sense. `syncing`: the screen was asked for. */
  state: 'behind' | 'syncing' | 'flowing'
  /** Since when bytes are dropped, monotonic; `undefined` before the first screen. */
  missedSince: number | undefined
  /** `undefined`: the server dropped some, uncounted. */
  missedBytes: number | undefined
  /** Of the screen that was asked for last: the answer to an earlier question is no answer. */
  ticket: number
  /** What came since a screen was asked for and is not on it; `undefined`: the screen has it all. */
  kept: string[] | undefined
  keptLength: number
  /** When the last screen was asked for, monotonic. */
  askedAt: number
  isDead: boolean
}

/** One taker of output: what it wants, what waits for it, and where it is behind. */
export class OutputStream {
  readonly queue: OutputQueue = new OutputQueue()
  readonly bufferBytes: number
  readonly #wanted: ReadonlySet<PaneId> | 'all'
  readonly #flows = new Map<PaneId, Flow>()
  readonly #behind = new Set<PaneId>()
  #syncing = 0
  #isSettled = false
  #isStopped = false
  /** The server that its pane ids are of. */
  server: TmuxServer | undefined
  failure: unknown

  constructor(panes: readonly PaneId[] | 'all', bufferBytes: number) {
    this.#wanted = panes === 'all' ? 'all' : new Set(panes)
    this.bufferBytes = bufferBytes
  }

  /** Nothing comes any more. */
  get isOver(): boolean {
    return this.#isStopped
  }

  /** Also panes that are made later, and those of another server. */
  get takesAll(): boolean {
    return this.#wanted === 'all'
  }

  wants(pane: PaneId): boolean {
    return this.#wanted === 'all' || this.#wanted.has(pane)
  }

  /** Whether the pane's bytes would only be dropped. */
  isBehind(pane: PaneId): boolean {
    return this.#behind.has(pane)
  }

  /** Whether its bytes are handed on as they come. */
  isFlowing(pane: PaneId): boolean {
    return this.#flows.get(pane)?.state === 'flowing'
  }

  isDead(pane: PaneId): boolean {
    return this.#flows.get(pane)?.isDead === true
  }

  /**
   * Panes whose screen should be asked for now: few at a time, so that screens alone do not fill the buffer, and each not too often, as a
   * screen costs the server more than the bytes that are missed.
   */
  *due({ most, everyMs }: { readonly most: number; readonly everyMs: number }): Iterable<PaneId> {
    const now = performance.now()
    for (const pane of this.#behind) {
      if (!this.hasRoom(most)) return
      const askedAt = this.#flows.get(pane)?.askedAt ?? 0
      if (askedAt === 0 || now - askedAt >= everyMs) yield pane
    }
  }

  /** For one more screen, of `most` that may be on their way. */
  hasRoom(most: number): boolean {
    return this.#syncing < most && this.queue.bytes <= this.bufferBytes / 2
  }

  get isAnyBehind(): boolean {
    return this.#behind.size > 0
  }

  /** Which panes there are. Without `sameServer` none of those that were known is among them. */
  settle(panes: ReadonlyMap<PaneId, { readonly isDead: boolean }>, sameServer: boolean): void {
    this.#settleNames(panes, sameServer)
    for (const [pane, flow] of this.#flows) {
      const isDead = panes.get(pane)?.isDead === true
      if (isDead && !flow.isDead) this.#end(pane, flow)
      flow.isDead = isDead
    }
  }

  #settleNames(panes: ReadonlyMap<PaneId, unknown>, sameServer: boolean): void {
    for (const pane of this.#flows.keys()) if (!sameServer || !panes.has(pane)) this.#close(pane)
    if (this.#wanted === 'all') {
      for (const pane of panes.keys()) if (!this.#flows.has(pane)) this.#open(pane)
      return
    }
    // What was not there at first never will be: a server gives no id twice.
    if (!this.#isSettled) {
      for (const pane of this.#wanted) {
        if (sameServer && panes.has(pane)) this.#open(pane)
        else this.#close(pane)
      }
    }
    this.#isSettled = true
    if (this.#flows.size === 0) this.stop()
  }

  take(pane: PaneId, data: string): void {
    const flow = this.#flows.get(pane)
    if (flow === undefined) return
    flow.isDead = false
    if (flow.state === 'flowing') {
      if (this.queue.bytes < this.bufferBytes) {
        this.queue.append(pane, data)
        return
      }
      this.#setBehind(pane, flow)
    }
    if (flow.state === 'syncing' && flow.kept !== undefined) {
      if (flow.keptLength < this.bufferBytes) {
        flow.kept.push(data)
        flow.keptLength += data.length
        return
      }
      this.#setBehind(pane, flow)
    }
    // What is dropped while a screen is on its way is on that screen; it was not handed over all the same.
    if (flow.missedBytes !== undefined) flow.missedBytes += outputLength(data)
  }

  /** Bytes of a pane were lost before they came here. */
  drop(pane: PaneId): void {
    const flow = this.#flows.get(pane)
    if (flow === undefined) return
    this.#setBehind(pane, flow)
    flow.missedBytes = undefined
  }

  /** Another program runs in the pane. */
  revive(pane: PaneId): void {
    const flow = this.#flows.get(pane)
    if (flow !== undefined) flow.isDead = false
  }

  /** The connection ended: one event, however often it does so before it is taken. */
  lose(reason: string): void {
    this.dropAll()
    if (this.queue.last?.type !== 'lost') this.queue.push({ type: 'lost', reason })
  }

  dropAll(): void {
    for (const pane of this.#flows.keys()) this.drop(pane)
  }

  /**
   * A screen of the pane is being asked for. `keeps`: what comes from now on is not on it.
   * @returns what {@link endSync} is to be told
   */
  startSync(pane: PaneId, { keeps }: { readonly keeps: boolean }): number {
    const flow = this.#flows.get(pane)
    if (flow?.state !== 'behind') return 0
    flow.state = 'syncing'
    flow.kept = keeps ? [] : undefined
    flow.keptLength = 0
    flow.ticket += 1
    flow.askedAt = performance.now()
    this.#behind.delete(pane)
    this.#syncing += 1
    return flow.ticket
  }

  /** What comes from now on is not on the screen that was asked for, if it turns out that this is its place. */
  keepFrom(pane: PaneId, ticket: number): void {
    const flow = this.#flows.get(pane)
    if (flow?.state === 'syncing' && flow.ticket === ticket) flow.kept = []
  }

  /** The screen as it was at this very place of the pane's output; without one the pane is behind as before. */
  endSync(pane: PaneId, ticket: number, screen: Screen | undefined): void {
    const flow = this.#flows.get(pane)
    if (flow?.state !== 'syncing' || flow.ticket !== ticket) return
    if (screen === undefined) {
      this.#setBehind(pane, flow)
      return
    }
    this.#syncing -= 1
    if (flow.missedSince !== undefined) {
      const forMs = performance.now() - flow.missedSince
      this.queue.push({ type: 'missed', pane, bytes: flow.missedBytes, forMs })
    }
    this.queue.push({ type: 'screen', pane, screen })
    flow.state = 'flowing'
    for (const data of flow.kept ?? []) this.queue.append(pane, data)
    flow.kept = undefined
  }

  stop(): void {
    this.#isStopped = true
    this.queue.wake()
  }

  fail(error: unknown): void {
    this.failure = error
    this.stop()
  }

  #setBehind(pane: PaneId, flow: Flow): void {
    if (flow.state === 'flowing') {
      flow.missedSince = performance.now()
      flow.missedBytes = 0
    }
    if (flow.state === 'syncing') this.#syncing -= 1
    flow.state = 'behind'
    // What was kept for a screen that did not come is dropped like all the rest.
    for (const data of flow.kept ?? [])
      if (flow.missedBytes !== undefined) flow.missedBytes += outputLength(data)
    flow.kept = undefined
    this.#behind.add(pane)
  }

  #open(pane: PaneId): void {
    this.#flows.set(pane, {
      state: 'behind',
      missedSince: undefined,
      missedBytes: 0,
      ticket: 0,
      kept: undefined,
      keptLength: 0,
      askedAt: 0,
      isDead: false,
    })
    this.#behind.add(pane)
  }

  #end(pane: PaneId, flow: Flow): void {
    this.queue.push({ type: 'ended', pane })
    if (flow.state === 'flowing') flow.missedSince = undefined
    if (flow.state === 'syncing') this.#syncing -= 1
    flow.state = 'behind'
    flow.kept = undefined
    this.#behind.add(pane)
  }

  #close(pane: PaneId): void {
    if (this.#flows.get(pane)?.state === 'syncing') this.#syncing -= 1
    this.#flows.delete(pane)
    this.#behind.delete(pane)
    this.queue.push({ type: 'closed', pane })
  }
}
