import { type CaptureWay, type Loss, lossOf, wayToCapture } from './capture.ts'
import { findFailure } from './command-failure.ts'
import { socketKey } from './connect-turn.ts'
import { isTmuxError, type TmuxError } from './errors.ts'
import type { PaneId, SessionId, WindowId } from './ids.ts'
import { PaneHolds } from './output-holds.ts'
import { parseOutputLine } from './output-lines.ts'
import { parsePlaces, placesLine, planOutput } from './output-plan.ts'
import type { OutputStream } from './output-stream.ts'
import { formatCommand } from './quote.ts'
import type { Block } from './reply-reader.ts'
import type { Screen } from './screen.ts'
import { closedError, type LinkOptions, ServerLink, type TmuxServer } from './server-link.ts'

/** How old output may get in the server before it holds the pane back. Without it tmux ends a client that is too slow. */
const flags = 'ignore-size,pause-after=5'
/** Screens that are asked for at once, for one stream. */
const syncsMax = 4
/** How often a pane's screen is asked for, for one stream. */
const syncEveryMs = 100
/** How often the place of a screen is looked for in the output of a pane that another stream takes, before it is held back. */
const looseSyncsMax = 3
/** How late it is found that a program ended, which tmux tells no client. */
const lookEveryMs = 500
const retryMs = { first: 50, factor: 2, most: 1000 }

/** What outlives a hub: what the server lost to its captures, and the names of buffers. */
export interface OutputAccount {
  loss: Loss | undefined
  nextBuffer(): string
}

/** Those of this process, by socket. */
const hubs = new Map<string, Set<OutputHub>>()

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
  readonly #holds = new PaneHolds({
    run: (line, answered) =>
      this.#link.run({
        line,
        fenced: true,
        pinned: true,
        check: (blocks) => {
          const failure = findFailure(blocks, line, undefined)
          if (failure === undefined) answered()
          return failure
        },
      }),
  })
  /** Of what pane the last output was, and how much came of each pane. */
  #lastOutput: PaneId | undefined
  readonly #outputs = new Map<PaneId, number>()
  /** Screens in a row whose place was not known, by stream and pane. */
  readonly #looseSyncs = new WeakMap<OutputStream, Map<PaneId, number>>()
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
  readonly #account: OutputAccount
  #retryMs: number = retryMs.first

  constructor(options: LinkOptions, account: OutputAccount) {
    this.#account = account
    this.#key = socketKey(options.socket, options.env)
    const known = hubs.get(this.#key)
    if (known === undefined) hubs.set(this.#key, new Set([this]))
    else known.add(this)
    this.#link = new ServerLink(
      { ...options, start: false },
      { flags, encoding: 'latin1', notification: (line) => this.#read(line) },
    )
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
    const all = [...(hubs.get(key) ?? [])]
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
      if (this.#takers.has(pane) && !this.#locked.has(pane)) this.#sync(stream, pane)
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
      await this.#holds.hold(pane).catch(ignoreLoss)
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
    hubs.get(this.#key)?.delete(this)
    if (hubs.get(this.#key)?.size === 0) hubs.delete(this.#key)
    for (const stream of this.#streams) stream.stop()
    await this.#settling?.catch(ignoreLoss)
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
    const [block] = await this.#runLine(placesLine)
    const plan = planOutput(parsePlaces(block?.lines ?? []), seat, (pane) => this.#isWanted(pane, seat))
    await Promise.all([
      // Linked windows bring panes along that nobody wants; those are held back with their first output.
      ...plan.link.map((window) => this.#move('link-window', ['-d', '-s', window, '-t', `${seat.session}:`])),
      ...plan.unlink.map((window) => this.#move('unlink-window', ['-k', '-t', `${seat.session}:${window}`])),
    ])
    if (this.#seat !== seat) return
    const takers = new Map<PaneId, OutputStream[]>()
    for (const stream of this.#streams) {
      const sameServer = isSame(stream.server, seat.server)
      stream.settle(plan.panes, sameServer)
      if (stream.takesAll) stream.server = seat.server
      for (const pane of plan.panes.keys()) {
        if (stream.wants(pane) && isSame(stream.server, seat.server))
          takers.set(pane, [...(takers.get(pane) ?? []), stream])
      }
    }
    this.#holds.keep(plan.panes)
    for (const pane of this.#outputs.keys()) if (!plan.panes.has(pane)) this.#outputs.delete(pane)
    this.#takers = takers
    for (const stream of this.#streams) this.pump(stream)
  }

  #isWanted(pane: PaneId, seat: HubSeat): boolean {
    for (const stream of this.#streams)
      if (stream.wants(pane) && (stream.takesAll || isSame(stream.server, seat.server))) return true
    return false
  }

  /** A window that is gone by now needs no moving. */
  async #move(name: string, args: readonly string[]): Promise<void> {
    try {
      await this.#run([name, ...args])
    } catch (error) {
      if (!isTmuxError(error, 'NO_SUCH_TARGET')) throw error
    }
  }

  #read(line: string): void {
    const said = parseOutputLine(line)
    if (said === undefined) return
    if (said.type === 'changed') {
      this.#lookAgain()
      return
    }
    const { pane } = said
    const takers = this.#takers.get(pane)
    if (said.type === 'paused') {
      if (!this.#holds.said(pane)) return
      for (const stream of takers ?? []) {
        stream.drop(pane)
        this.pump(stream)
      }
      return
    }
    this.#lastOutput = pane
    this.#outputs.set(pane, (this.#outputs.get(pane) ?? 0) + 1)
    let isTaken = false
    for (const stream of takers ?? []) {
      stream.take(pane, said.data)
      isTaken ||= !stream.isBehind(pane)
    }
    if (!isTaken && this.#holds.stateOf(pane) === undefined) this.#holdBack(pane)
  }

  /** All who take the pane miss something, and get a screen when it is held. */
  #holdBack(pane: PaneId): void {
    for (const stream of this.#takers.get(pane) ?? []) stream.drop(pane)
    this.#holds.hold(pane).then(
      () => {
        for (const stream of this.#takers.get(pane) ?? []) this.pump(stream)
      },
      // Whatever comes next of the pane asks again; and so does the pump of whoever is behind.
      ignoreLoss,
    )
  }

  /** Asks for the pane's screen in such a way that its place in the pane's output is known. */
  #sync(stream: OutputStream, pane: PaneId): void {
    const state = this.#holds.stateOf(pane)
    if (state === 'held') this.#syncHeld(pane)
    else if (state === undefined) {
      const tried = this.#looseSyncs.get(stream)?.get(pane) ?? 0
      const isShared = this.#takers.get(pane)?.some((other) => other.isFlowing(pane)) === true
      if (isShared && tried < looseSyncsMax) this.#syncFlowing(stream, pane)
      else this.#holdBack(pane)
    }
  }

  /** The pane is let go on in one step with its screen: whatever comes from now on is not on it. */
  #syncHeld(pane: PaneId): void {
    const behind = (this.#takers.get(pane) ?? []).filter(
      (stream) => stream.isBehind(pane) && stream.hasRoom(syncsMax),
    )
    const tickets = behind.map((stream) => [stream, stream.startSync(pane, { keeps: true })] as const)
    const { argv, ended } = this.#holds.end(pane)
    this.#askScreen(pane, argv, (screen) => {
      if (screen === undefined) this.#holds.forget(pane)
      else ended()
      for (const [stream, ticket] of tickets) {
        this.#countLoose(stream, pane, 0)
        stream.endSync(pane, ticket, screen)
      }
      return behind
    })
  }

  /** Another stream takes the pane, which would miss something if it were held: the place is looked for. */
  #syncFlowing(stream: OutputStream, pane: PaneId): void {
    const ticket = stream.startSync(pane, { keeps: false })
    const before = this.#outputs.get(pane)
    this.#askScreen(pane, undefined, (screen) => {
      // Output that came in between is from before the screen if the reply waited for it, or else nobody knows.
      const isPlaced = this.#outputs.get(pane) === before || this.#lastOutput === pane
      this.#countLoose(stream, pane, isPlaced ? 0 : (this.#looseSyncs.get(stream)?.get(pane) ?? 0) + 1)
      stream.endSync(pane, ticket, isPlaced ? screen : undefined)
      return [stream]
    })
  }

  #countLoose(stream: OutputStream, pane: PaneId, count: number): void {
    const counts = this.#looseSyncs.get(stream) ?? new Map<PaneId, number>()
    if (count === 0) counts.delete(pane)
    else counts.set(pane, count)
    this.#looseSyncs.set(stream, counts)
  }

  /** `answered` is told in the reply's place among the output, and answers whose screen it was; without a screen later. */
  #askScreen(
    pane: PaneId,
    last: readonly string[] | undefined,
    answered: (screen: Screen | undefined) => readonly OutputStream[],
  ): void {
    // A dead pane's screen moves up by a line for the notice of its death.
    const isDead = this.#takers.get(pane)?.some((stream) => stream.isDead(pane)) === true
    const { version, server } = this.#link
    this.#account.loss = lossOf(this.#account.loss, version, server.pid)
    const options = { attributes: true, lines: isDead ? 1 : 0 }
    const way = wayToCapture(pane, options, { ...this.#account, version, decode: toUtf8 })
    const line = last === undefined ? way.line : `${way.line} ; ${formatCommand(last)}`
    const asked = this.#link.run({
      line,
      fenced: true,
      pinned: true,
      check: (blocks) => {
        const read = readScreen(blocks, { line, read: way.read }, pane)
        if (read instanceof Error) return read
        streams = answered(read)
        return undefined
      },
    })
    let streams: readonly OutputStream[] = []
    asked.then(
      () => {
        for (const stream of streams) this.pump(stream)
      },
      (error: unknown) => {
        for (const stream of answered(undefined)) this.#syncFailed(stream, error)
      },
    )
  }

  #syncFailed(stream: OutputStream, error: unknown): void {
    if (isTmuxError(error, 'NO_SUCH_TARGET')) this.#lookAgain()
    else if (isTmuxError(error, 'TIMEOUT')) this.pump(stream)
    else if (!isTmuxError(error, 'SERVER_LOST') && !isTmuxError(error, 'CLOSED')) stream.fail(error)
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
    this.#holds.clear()
    this.#outputs.clear()
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

function readScreen(blocks: readonly Block[], way: CaptureWay, pane: PaneId): Screen | TmuxError {
  try {
    return findFailure(blocks, way.line, pane) ?? way.read(blocks)
  } catch (error) {
    if (isTmuxError(error)) return error
    throw error
  }
}

function isSame(a: TmuxServer | undefined, b: TmuxServer): boolean {
  return a !== undefined && a.pid === b.pid && a.startedAt === b.startedAt
}

function isLoss(error: unknown): boolean {
  return (['SERVER_LOST', 'NO_SERVER', 'TIMEOUT', 'CLOSED'] as const).some((code) => isTmuxError(error, code))
}

function ignoreLoss(error: unknown): void {
  if (!isTmuxError(error)) throw error
}

/** Lines that were read one character a byte. */
function toUtf8(block: Block): Block {
  return { ...block, lines: block.lines.map((line) => Buffer.from(line, 'latin1').toString('utf8')) }
}
