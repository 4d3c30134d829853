import { findFailure } from './command-failure.ts'
import { closedError } from './connect-failure.ts'
import { socketKey } from './connect-turn.ts'
import { ignoreTmuxError, isTmuxError } from './errors.ts'
import type { PaneId, SessionId, WindowId } from './ids.ts'
import { KeySets } from './key-sets.ts'
import { parseOutputLine } from './output-lines.ts'
import { parsePlaces, placesLine, planOutput } from './output-plan.ts'
import { type OutputAccount, OutputScreens, syncsMax } from './output-screens.ts'
import type { OutputStream } from './output-stream.ts'
import { formatCommand } from './quote.ts'
import type { Block } from './reply-reader.ts'
import { type LinkOptions, ServerLink } from './server-link.ts'
import { isSameServer, type TmuxServer } from './tmux-server.ts'
import { askToTheEnd } from './unfinished.ts'

/** How old output may get in the server before it holds the pane back. Without it tmux ends a client that is too slow. */
const flags = 'ignore-size,pause-after=5'
/** How often a pane's screen is asked for, for one stream. */
const syncEveryMs = 100
/** How late it is found that a program ended, which tmux tells no client. */
const lookEveryMs = 500
const retryMs = { first: 50, factor: 2, most: 1000 }

/** Those of this process, by socket. */
const hubs = new KeySets<OutputHub>()

/** Our place on one life of the server. */
interface HubSeat {
  readonly server: TmuxServer
  readonly session: SessionId
  /** The window that keeps our session alive. */
  readonly anchor: WindowId
}

/**
 * The output of all panes that somebody takes, over one connection. It comes for the windows of the session that a client is attached
 * to, so the windows that are wanted are linked into a session of ours, and let go when nobody wants them.
 *
 * What arrives is read at once and dropped where it is taken too slowly, so that the server never waits for us. A pane of
 * which everything would be dropped is held back by the server, which costs nobody anything.
 */
export class OutputHub {
  readonly #link: ServerLink
  readonly #streams = new Set<OutputStream>()
  #takers = new Map<PaneId, readonly OutputStream[]>()
  readonly #screens: OutputScreens
  /** Panes that are not to be let go on just now. */
  readonly #locked = new Map<PaneId, number>()
  #seat: HubSeat | undefined
  #settling: Promise<void> | undefined
  #isDirty = false
  #isClosed = false
  #retry: NodeJS.Timeout | undefined
  readonly #looking: NodeJS.Timeout
  readonly #pumps = new Map<OutputStream, NodeJS.Timeout>()
  readonly #key: string
  #retryMs: number = retryMs.first

  constructor(options: LinkOptions, account: OutputAccount) {
    this.#key = socketKey(options.socket, options.env)
    hubs.add(this.#key, this)
    this.#link = new ServerLink(
      { ...options, start: false },
      { flags, encoding: 'latin1', notification: (line) => this.#read(line) },
    )
    this.#screens = new OutputScreens({
      link: this.#link,
      account,
      takers: (pane) => this.#takers.get(pane) ?? [],
      isSettled: () => this.#settling === undefined,
      pump: (stream) => this.pump(stream),
      lookAgain: () => this.#lookAgain(),
    })
    this.#link.events.on('server:lost', ({ reason }) => this.#lost(reason))
    this.#looking = setInterval(() => {
      if (this.#seat !== undefined) this.#lookAgain()
    }, lookEveryMs)
  }

  get processesStarted(): number {
    return this.#link.processesStarted
  }

  /** Also of other handles of this process: runs what {@link whileHeldBack} is for. */
  static async whileHeldBackInAll<T>(key: string, pane: PaneId, action: () => Promise<T>): Promise<T> {
    const all = [...hubs.of(key)]
    const run = all.reduce<() => Promise<T>>((inner, hub) => () => hub.whileHeldBack(pane, inner), action)
    return await run()
  }

  /** Begins a stream whose ids are those of `server`. @throws TmuxError NO_SERVER and its like; the stream is not begun. */
  async add(stream: OutputStream, server: TmuxServer): Promise<void> {
    if (this.#isClosed) throw closedError()
    stream.server = server
    this.#streams.add(stream)
    try {
      await this.settle()
    } catch (error) {
      this.#streams.delete(stream)
      throw error
    }
  }

  /** @returns whether anybody else still takes output; told at once, so that nobody can join a hub that ends. */
  remove(stream: OutputStream): boolean {
    this.#streams.delete(stream)
    clearTimeout(this.#pumps.get(stream))
    this.#pumps.delete(stream)
    if (this.#streams.size === 0) return false
    if (!this.#isClosed && this.#seat !== undefined) this.#lookAgain()
    return true
  }

  /** Asks for the screens that a stream has room for. */
  pump(stream: OutputStream): void {
    // A screen from before the pane's output comes to us would leave a gap behind it.
    for (const pane of stream.due({ most: syncsMax, everyMs: syncEveryMs })) {
      if (this.#takers.has(pane) && !this.#locked.has(pane)) this.#screens.ask(stream, pane)
    }
    if (!stream.isAnyBehind || this.#pumps.has(stream) || !this.#streams.has(stream)) return
    const again = setTimeout(() => {
      this.#pumps.delete(stream)
      this.pump(stream)
    }, syncEveryMs)
    this.#pumps.set(stream, again)
  }

  /**
   * Does something to a pane while nothing of its output is on its way to us: up to 3.7 the server crashes when a pane is
   * respawned that a control client lags behind.
   */
  async whileHeldBack<T>(pane: PaneId, action: () => Promise<T>): Promise<T> {
    if (this.#seat === undefined) return await action()
    this.#locked.set(pane, (this.#locked.get(pane) ?? 0) + 1)
    try {
      for (const stream of this.#takers.get(pane) ?? []) stream.drop(pane)
      await this.#screens.holds.hold(pane).catch(ignoreTmuxError)
      return await action()
    } finally {
      const count = (this.#locked.get(pane) ?? 1) - 1
      if (count === 0) this.#locked.delete(pane)
      else this.#locked.set(pane, count)
      for (const stream of this.#takers.get(pane) ?? []) {
        stream.revive(pane)
        this.pump(stream)
      }
    }
  }

  /** Looks at what is there, and brings our session and all streams into line with it; at once a second time if asked meanwhile. */
  async settle(): Promise<void> {
    this.#isDirty = true
    this.#settling ??= this.#settleAll()
    await this.#settling
  }

  /** Ends all streams, and the connection. */
  async close(): Promise<void> {
    this.#isClosed = true
    clearTimeout(this.#retry)
    clearInterval(this.#looking)
    for (const timer of this.#pumps.values()) clearTimeout(timer)
    hubs.delete(this.#key, this)
    for (const stream of this.#streams) stream.stop()
    await this.#settling?.catch(ignoreTmuxError)
    await this.#link.close()
  }

  async #settleAll(): Promise<void> {
    // Not in the caller's turn, in which it is not yet known that it runs.
    await Promise.resolve()
    try {
      while (this.#isDirty && !this.#isClosed) {
        this.#isDirty = false
        const seat = this.#seat ?? (this.#streams.size === 0 ? undefined : await this.#takeSeat())
        if (seat !== undefined) await this.#settleOnce(seat)
      }
    } finally {
      // In the turn of the last look, so that whoever asks after it starts another.
      this.#settling = undefined
    }
  }

  async #takeSeat(): Promise<HubSeat> {
    await this.#link.connect(false)
    const { server, seat } = this.#link
    this.#retryMs = retryMs.first
    this.#seat = { server, session: seat.session, anchor: seat.window }
    return this.#seat
  }

  async #settleOnce(seat: HubSeat): Promise<void> {
    const places = await askToTheEnd(async () => {
      const [block] = await this.#runLine(placesLine)
      return parsePlaces(block?.lines ?? [])
    })
    this.#screens.discards.looked(places)
    const plan = planOutput(places, seat, (pane) => this.#isWanted(pane, seat))
    const panesOf = (window: WindowId): readonly PaneId[] =>
      [...plan.panes.values()].filter((place) => place.window === window).map(({ pane }) => pane)
    if (plan.unlink.length > 0) this.#screens.discards.happened()
    await Promise.all([
      // Held at once: those that are wanted for their screen, and those that came along for good.
      ...plan.link.map((window) => this.#linkWindow(seat, window, panesOf(window))),
      ...plan.unlink.map((window) =>
        ignoreGone(this.#run(['unlink-window', '-k', '-t', `${seat.session}:${window}`])),
      ),
    ])
    if (this.#seat !== seat) return
    const takers = new Map<PaneId, OutputStream[]>()
    for (const stream of this.#streams) {
      const sameServer = isSameServer(stream.server, seat.server)
      stream.settle(plan.panes, sameServer)
      if (stream.takesAll) stream.server = seat.server
      for (const pane of plan.panes.keys()) {
        if (stream.wants(pane) && isSameServer(stream.server, seat.server))
          takers.set(pane, [...(takers.get(pane) ?? []), stream])
      }
    }
    this.#screens.keep(plan.panes)
    this.#takers = takers
    for (const stream of this.#streams) this.pump(stream)
  }

  #isWanted(pane: PaneId, seat: HubSeat): boolean {
    for (const stream of this.#streams)
      if (stream.wants(pane) && (stream.takesAll || isSameServer(stream.server, seat.server))) return true
    return false
  }

  #linkWindow({ session }: HubSeat, window: WindowId, panes: readonly PaneId[]): Promise<void> {
    // A pane that moved here printed what did not come, and is held from now on: who took it goes on from a screen.
    for (const stream of this.#streams) for (const pane of panes) stream.drop(pane)
    return ignoreGone(
      this.#screens.holds.holdAfter(['link-window', '-d', '-s', window, '-t', `${session}:`], panes),
    )
  }

  #read(line: string): void {
    const said = parseOutputLine(line)
    if (said === undefined) return
    if (said.type === 'changed') {
      this.#screens.discards.happened()
      this.#lookAgain()
      return
    }
    const { pane } = said
    const takers = this.#takers.get(pane)
    if (said.type === 'paused') {
      if (!this.#screens.holds.said(pane)) return
      for (const stream of takers ?? []) {
        stream.drop(pane)
        this.pump(stream)
      }
      return
    }
    this.#screens.passed(pane)
    let isTaken = false
    for (const stream of takers ?? []) {
      stream.take(pane, said.data)
      isTaken ||= !stream.isBehind(pane)
    }
    if (!isTaken && this.#screens.holds.stateOf(pane) === undefined) this.#screens.holdBack(pane)
  }

  #lookAgain(): void {
    this.settle().catch((error: unknown) => {
      if (isLoss(error)) return
      for (const stream of this.#streams) stream.fail(error)
    })
  }

  #lost(reason: string): void {
    this.#seat = undefined
    this.#takers = new Map()
    this.#screens.clear()
    for (const stream of this.#streams) stream.lose(reason)
    this.#comeBack()
  }

  #comeBack(): void {
    if (this.#isClosed || this.#streams.size === 0) return
    clearTimeout(this.#retry)
    this.#retry = setTimeout(() => {
      this.#retryMs = Math.min(this.#retryMs * retryMs.factor, retryMs.most)
      this.settle().catch((error: unknown) => {
        if (isLoss(error)) this.#comeBack()
        else for (const stream of this.#streams) stream.fail(error)
      })
    }, this.#retryMs)
  }

  #run(argv: readonly string[]): Promise<readonly Block[]> {
    return this.#runLine(formatCommand(argv))
  }

  #runLine(line: string): Promise<readonly Block[]> {
    return this.#link.run({ line, pinned: true, check: (blocks) => findFailure(blocks, line, undefined) })
  }
}

function isLoss(error: unknown): boolean {
  return (['SERVER_LOST', 'NO_SERVER', 'TIMEOUT', 'CLOSED'] as const).some((code) => isTmuxError(error, code))
}

/** A window that is gone by now needs no moving. */
async function ignoreGone(moving: Promise<unknown>): Promise<void> {
  try {
    await moving
  } catch (error) {
    if (!isTmuxError(error, 'NO_SUCH_TARGET')) throw error
  }
}
