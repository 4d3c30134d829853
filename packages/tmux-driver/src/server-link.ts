import { randomBytes } from 'node:crypto'
import { EventEmitter } from 'node:events'
import { setTimeout } from 'node:timers/promises'
import { waitForAnchorEnd } from './anchor-end.ts'
import { closedError, explainFailure, isPassing, neverAnswered } from './connect-failure.ts'
import { inConnectTurn, register, socketKey, unregister } from './connect-turn.ts'
import { controlArguments, type SocketAddress } from './control-arguments.ts'
import { type ConnectionEnd, ControlConnection } from './control-connection.ts'
import { TmuxError } from './errors.ts'
import { type Greeting, greet, type Seat } from './greeting.ts'
import { isPaneId, isWindowId } from './ids.ts'
import { KnownIds, replacedError } from './known-ids.ts'
import { untilParentDeath } from './parent-death.ts'
import type { CommandRequest } from './pending.ts'
import type { Block } from './reply-reader.ts'
import type { TmuxEvents } from './tmux-events.ts'
import { isSameServer, type TmuxServer } from './tmux-server.ts'
import { untilAborted, untilLate } from './until-aborted.ts'
import { endKept, endUnwanted } from './unwanted-client.ts'
import type { TmuxVersion } from './version.ts'
import { Wish } from './wish.ts'

export interface LinkOptions {
  readonly program: string
  readonly socket: SocketAddress
  readonly config: string
  readonly start: boolean
  readonly size: { readonly cols: number; readonly rows: number }
  readonly historyLimit: number
  readonly env: Record<string, string>
  readonly timeoutMs: number
}

export interface LinkRequest extends CommandRequest {
  /** The command names an id: it must not reach another server than the one which the caller knew. */
  readonly pinned?: boolean
  /** Ids that it names, among other words: none of them may be of an earlier server. */
  readonly names?: readonly string[] | undefined
  /** The command makes or ends a session: see {@link inConnectTurn}. */
  readonly takesTurn?: boolean | undefined
}

/** What kind of client a link is. */
export interface LinkClient {
  readonly flags: string
  /** `latin1` keeps the bytes of output apart; replies are then one character a byte, too. */
  readonly encoding: 'utf8' | 'latin1'
  /** Told every notification, in its place among the replies. */
  notification?(line: string): void
}

/** For commands alone: it is told of nothing that panes print. */
const commandClient: LinkClient = { flags: 'no-output,ignore-size', encoding: 'utf8' }

const attemptsMax = 8
/** How long a closing waits for its turn. */
const closeMs = 3000

/** The way to one server: at most one connection at a time, made anew when it is needed and lost. */
export class ServerLink {
  readonly events: EventEmitter<TmuxEvents> = new EventEmitter()
  readonly #options: LinkOptions
  readonly #client: LinkClient
  readonly #key: string
  #connection: ControlConnection | undefined
  #opening: { readonly start: boolean; readonly connection: Promise<ControlConnection> } | undefined
  #server: TmuxServer | undefined
  #version: TmuxVersion | undefined
  #isClosed = false
  readonly #ids = new KnownIds()
  #seat: Seat | undefined
  #processesStarted = 0

  constructor(options: LinkOptions, client: LinkClient = commandClient) {
    this.#options = options
    this.#client = client
    this.#key = socketKey(options.socket, options.env)
  }

  get isConnected(): boolean {
    return this.#connection?.isOpen === true
  }

  get processesStarted(): number {
    return this.#processesStarted
  }

  /** The session of the connection that was made last. */
  get seat(): Seat {
    if (this.#seat === undefined) throw new TypeError('the link was never opened')
    return this.#seat
  }

  get server(): TmuxServer {
    if (this.#server === undefined) throw new TypeError('the link was never opened')
    return this.#server
  }

  get version(): TmuxVersion {
    if (this.#version === undefined) throw new TypeError('the link was never opened')
    return this.#version
  }

  run(request: LinkRequest): Promise<readonly Block[]> {
    if (request.takesTurn === true) return this.#runInTurn(request)
    const connection = this.#connection
    if (connection?.isOpen !== true) return this.#runAnew(request)
    const strange = this.#ids.findStrange(request.names, request.line)
    return strange === undefined ? connection.request(request) : Promise.reject(strange)
  }

  /** These ids are the present server's: what it has not given out since it took the place of another is refused. */
  know(ids: Iterable<string>): void {
    this.#ids.add(ids)
  }

  /** @throws TmuxError SERVER_LOST when one of these ids may be that of an earlier server. */
  requireKnown(ids: readonly string[]): void {
    const strange = this.#ids.findStrange(ids)
    if (strange !== undefined) throw strange
  }

  /** The open connection, made when there is none. */
  connect(start: boolean = this.#options.start, signal?: AbortSignal): Promise<ControlConnection> {
    if (this.#isClosed) return Promise.reject(closedError())
    if (this.#connection?.isOpen === true) return Promise.resolve(this.#connection)
    const opening = this.#opening
    if (opening === undefined || (start && !opening.start)) return this.#openAnew(start, signal)
    return untilAborted(opening.connection, signal)
  }

  /** The same, and no longer than so many milliseconds; others may wait for the same one, which goes on. */
  async connectWithin(
    timeoutMs: number,
    { start, signal }: { readonly start?: boolean; readonly signal?: AbortSignal | undefined } = {},
  ): Promise<ControlConnection> {
    return await untilLate(this.connect(start), timeoutMs, neverAnswered, signal)
  }

  /** Who wants a server started does not share the fate of who only wanted to know whether one runs. */
  async #openAnew(start: boolean, signal: AbortSignal | undefined): Promise<ControlConnection> {
    const before = this.#opening?.connection.catch(() => undefined)
    const connection = (async () => (await before) ?? (await this.#open(start, signal)))()
    const opening = { start, connection }
    this.#opening = opening
    try {
      return await connection
    } finally {
      if (this.#opening === opening) this.#opening = undefined
    }
  }

  /** Ends clients of this process that nobody waits for; for when the server ends. */
  endKept(): void {
    endKept(this.#key)
  }

  async close(): Promise<void> {
    this.#isClosed = true
    const opened = this.#opening?.connection.catch(() => undefined)
    await Promise.race([opened, setTimeout(closeMs, undefined, { ref: false })])
    const connection = this.#connection
    if (connection === undefined) return
    const closing = inConnectTurn(this.#key, () => letGo(connection, this.#seat?.pid))
    // One that still begins keeps the turn while the server is stopped: then this ends when that does.
    await Promise.race([closing, setTimeout(closeMs, undefined, { ref: false })])
  }

  async #runAnew(request: LinkRequest): Promise<readonly Block[]> {
    const { timeoutMs = this.#options.timeoutMs } = request
    const giveUpAt = performance.now() + timeoutMs
    const connection = await this.#connectFor(request)
    return await connection.request({ ...request, timeoutMs: Math.max(1, giveUpAt - performance.now()) })
  }

  /** Connects before it takes the turn, as that takes one too; a connection that is lost in between is made again. */
  async #runInTurn(request: LinkRequest): Promise<readonly Block[]> {
    for (;;) {
      const connection = await this.#connectFor(request)
      const { signal, timeoutMs = this.#options.timeoutMs } = request
      const blocks = await inConnectTurn(
        this.#key,
        async () => (connection.isOpen ? await connection.request(request) : undefined),
        { signal, timeoutMs },
      )
      if (blocks !== undefined) return blocks
    }
  }

  async #connectFor(request: LinkRequest): Promise<ControlConnection> {
    const before = this.#server
    const { signal, timeoutMs = this.#options.timeoutMs } = request
    const connection = await this.connectWithin(timeoutMs, { signal })
    if (request.pinned === true && before !== undefined && !isSameServer(before, this.server)) {
      throw replacedError(request.line)
    }
    const strange = this.#ids.findStrange(request.names, request.line)
    if (strange !== undefined) throw strange
    return connection
  }

  async #open(start: boolean, signal: AbortSignal | undefined): Promise<ControlConnection> {
    for (let attempt = 1; ; attempt += 1) {
      const outcome = await this.#attempt(start, signal)
      if (outcome instanceof ControlConnection) return outcome
      if (attempt === attemptsMax || !isPassing(outcome)) throw await this.#explain(outcome)
      // Two that come while a server ends and go on in step would stand in each other's way again and again.
      await setTimeout(attempt * 20 * (0.5 + Math.random()), undefined, { signal })
    }
  }

  /**
   * One client, in its turn. Nobody waits for it longer than they want to; it itself is left to introduce itself all the same, and its turn
   * with it: a client that is cut off while it does so, with another one behind it, takes tmux 3.3a and 3.5a along.
   */
  async #attempt(
    start: boolean,
    signal: AbortSignal | undefined,
  ): Promise<ControlConnection | ConnectionEnd> {
    const { timeoutMs } = this.#options
    const wish = new Wish<ControlConnection | ConnectionEnd>(timeoutMs, signal)
    inConnectTurn(this.#key, () => this.#begin(start, wish), { holds: true, signal, timeoutMs }).catch(
      (error: unknown) => wish.reject(error),
    )
    return await wish.outcome
  }

  async #begin(start: boolean, wish: Wish<ControlConnection | ConnectionEnd>): Promise<void> {
    await waitForAnchorEnd(this.#seat?.pid)
    const before = await untilParentDeath()
    if (wish.isOver) return
    const { program, env, timeoutMs } = this.#options
    const anchor = `_anchor-${randomBytes(6).toString('hex')}`
    const { flags } = this.#client
    const endsWithUs = before.length > 0
    const args = controlArguments({ ...this.#options, flags, start, anchor, endsWithUs })
    this.#processesStarted += 1
    const [command = program, ...words] = [...before, program, ...args]
    const connection = new ControlConnection(
      { program: command, args: words, env },
      {
        notification: (line) => this.#notify(line),
        lost: (end) => this.#lost(connection, end),
      },
      { timeoutMs, encoding: this.#client.encoding },
    )
    void wish.outcome.catch(() =>
      endUnwanted(connection, { program, env, socket: this.#options.socket, path: this.#key }),
    )
    try {
      const greeting = await greet(connection, anchor)
      if (this.#isClosed) wish.reject(closedError())
      if (wish.isOver) await letGo(connection, greeting.seat.pid)
      else wish.resolve(this.#adopt(connection, greeting))
    } catch (error) {
      connection.abandon()
      const end = await connection.ended
      if (error instanceof TmuxError && error.code === 'SERVER_LOST') wish.resolve(end)
      else wish.reject(error)
    }
  }

  #adopt(connection: ControlConnection, { version, server, seat }: Greeting): ControlConnection {
    const isFirst = this.#server === undefined
    if (!isFirst && !isSameServer(this.#server, server)) this.#ids.forget()
    this.#version = version
    this.#server = server
    this.#seat = seat
    this.#connection = connection
    register(this.#key, connection)
    if (!isFirst) this.#emit('server:reconnected', { pid: server.pid })
    return connection
  }

  #explain(end: ConnectionEnd): Promise<TmuxError> {
    const { program, env } = this.#options
    return explainFailure({ program, env, end, started: () => (this.#processesStarted += 1) })
  }

  #lost(connection: ControlConnection, end: ConnectionEnd): void {
    unregister(this.#key, connection)
    if (this.#connection !== connection) return
    this.#connection = undefined
    if (!this.#isClosed) this.#emit('server:lost', { reason: end.reason })
  }

  #notify(line: string): void {
    this.#client.notification?.(line)
    const [name, id] = line.split(' ', 2)
    if (name === '%sessions-changed' || name === '%session-renamed') this.#emit('session:changed', {})
    else if (name === '%pane-mode-changed' && isPaneId(id)) this.#emit('pane:mode-changed', { pane: id })
    else if (!isWindowId(id)) return
    else if (name === '%window-renamed' || name === '%unlinked-window-renamed')
      this.#emit('window:renamed', { window: id })
    else if (name === '%window-add' || name === '%unlinked-window-add')
      this.#emit('window:added', { window: id })
    else if (name === '%window-close' || name === '%unlinked-window-close')
      this.#emit('window:closed', { window: id })
  }

  /** Listeners run on a turn of their own, so that one which throws cannot tear a reply. */
  #emit<K extends keyof TmuxEvents>(name: K, ...event: TmuxEvents[K]): void {
    queueMicrotask(() => {
      EventEmitter.prototype.emit.call(this.events, name, ...event)
    })
  }
}

async function letGo(connection: ControlConnection, anchorPid: number | undefined): Promise<void> {
  await connection.close()
  await waitForAnchorEnd(anchorPid)
}
