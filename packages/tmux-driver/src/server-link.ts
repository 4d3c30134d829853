import { randomBytes } from 'node:crypto'
import { EventEmitter } from 'node:events'
import { setTimeout } from 'node:timers/promises'
import { waitForAnchorEnd } from './anchor-end.ts'
import { explainFailure, isPassing, isTooOld, tooOld } from './connect-failure.ts'
import { inConnectTurn, register, socketKey, unregister } from './connect-turn.ts'
import { controlArguments, type SocketAddress } from './control-arguments.ts'
import { type ConnectionEnd, ControlConnection } from './control-connection.ts'
import { TmuxError } from './errors.ts'
import { isPaneId, isSessionId, isWindowId, type SessionId, type WindowId } from './ids.ts'
import type { CommandRequest } from './pending.ts'
import { formatCommand } from './quote.ts'
import type { Block } from './reply-reader.ts'
import type { TmuxEvents } from './tmux-events.ts'
import { untilAborted } from './until-aborted.ts'
import { parseVersion, type TmuxVersion } from './version.ts'

/** One life of one server: pane ids are unique within it, and only there. */
export interface TmuxServer {
  readonly pid: number
  /** Epoch seconds, from `#{start_time}`. */
  readonly startedAt: number
  readonly socketPath: string
}

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
  /** The command makes or ends a session: see {@link inConnectTurn}. */
  readonly takesTurn?: boolean
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

/** A client's own session, with the window and the program that keep it alive. */
export interface Seat {
  readonly session: SessionId
  readonly window: WindowId
  readonly pid: number
}

const attemptsMax = 8
/** How long a client that nobody wants any more may take to introduce itself. */
const goodbyeMs = 1000

/** The way to one server: at most one connection at a time, made anew when it is needed and lost. */
export class ServerLink {
  readonly events: EventEmitter<TmuxEvents> = new EventEmitter()
  readonly #options: LinkOptions
  readonly #client: LinkClient
  readonly #key: string
  #connection: ControlConnection | undefined
  #opening: Promise<ControlConnection> | undefined
  #server: TmuxServer | undefined
  #version: TmuxVersion | undefined
  #isClosed = false
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
    return connection?.isOpen === true ? connection.request(request) : this.#runAnew(request)
  }

  /** The open connection, made when there is none. */
  connect(start: boolean = this.#options.start, signal?: AbortSignal): Promise<ControlConnection> {
    if (this.#isClosed) return Promise.reject(closedError())
    if (this.#connection?.isOpen === true) return Promise.resolve(this.#connection)
    this.#opening ??= this.#open(start, signal).finally(() => {
      this.#opening = undefined
    })
    return untilAborted(this.#opening, signal)
  }

  async close(): Promise<void> {
    this.#isClosed = true
    await this.#opening?.catch(() => undefined)
    const connection = this.#connection
    if (connection === undefined) return
    await inConnectTurn(this.#key, () => this.#letGo(connection))
  }

  async #letGo(connection: ControlConnection): Promise<void> {
    await connection.close()
    await waitForAnchorEnd(this.#seat?.pid)
  }

  async #runAnew(request: LinkRequest): Promise<readonly Block[]> {
    const connection = await this.#connectFor(request)
    return await connection.request(request)
  }

  /** Connects before it takes the turn, as that takes one too; a connection that is lost in between is made again. */
  async #runInTurn(request: LinkRequest): Promise<readonly Block[]> {
    for (;;) {
      const connection = await this.#connectFor(request)
      const blocks = await inConnectTurn(this.#key, async () =>
        connection.isOpen ? await connection.request(request) : undefined,
      )
      if (blocks !== undefined) return blocks
    }
  }

  async #connectFor(request: LinkRequest): Promise<ControlConnection> {
    const before = this.#server
    const connection = await this.connect()
    if (request.pinned === true && before !== undefined && !isSameServer(before, this.server)) {
      throw new TmuxError(
        'SERVER_LOST',
        'the tmux server ended, and its ids with it; another one runs in its place',
        {
          details: { command: request.line.slice(0, 200) },
          hint: 'Ask for the ids again: list().',
        },
      )
    }
    return connection
  }

  async #open(start: boolean, signal: AbortSignal | undefined): Promise<ControlConnection> {
    for (let attempt = 1; ; attempt += 1) {
      const outcome = await inConnectTurn(this.#key, () => this.#attempt(start, signal), {
        holds: true,
        signal,
      })
      if (outcome instanceof ControlConnection) return outcome
      if (attempt === attemptsMax || !isPassing(outcome)) throw await this.#explain(outcome)
      // Two that come while a server ends and go on in step would stand in each other's way again and again.
      await setTimeout(attempt * 20 * (0.5 + Math.random()), undefined, { signal })
    }
  }

  async #attempt(
    start: boolean,
    signal: AbortSignal | undefined,
  ): Promise<ControlConnection | ConnectionEnd> {
    await waitForAnchorEnd(this.#seat?.pid)
    signal?.throwIfAborted()
    const { program, env, timeoutMs } = this.#options
    const anchor = `_anchor-${randomBytes(6).toString('hex')}`
    const args = controlArguments({ ...this.#options, flags: this.#client.flags, start, anchor })
    this.#processesStarted += 1
    const connection = new ControlConnection(
      { program, args, env },
      {
        notification: (line) => this.#notify(line),
        lost: (end) => this.#lost(connection, end),
      },
      { timeoutMs, encoding: this.#client.encoding },
    )
    const giveUp = (): void => void setTimeout(goodbyeMs).then(() => connection.abandon())
    signal?.addEventListener('abort', giveUp, { once: true })
    try {
      const adopted = this.#adopt(connection, await greet(connection, anchor, timeoutMs))
      // A client that is cut off while it introduces itself takes tmux 3.3a and 3.5a with it: it goes when it has.
      if (signal?.aborted === true) await this.#letGo(connection)
      signal?.throwIfAborted()
      return adopted
    } catch (error) {
      connection.abandon()
      const end = await connection.ended
      if (error instanceof TmuxError && error.code === 'SERVER_LOST') return end
      throw error instanceof TmuxError && error.code === 'TIMEOUT' ? neverAnswered(error) : error
    } finally {
      signal?.removeEventListener('abort', giveUp)
    }
  }

  #adopt(connection: ControlConnection, { version, server, seat }: Greeting): ControlConnection {
    const isFirst = this.#server === undefined
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
    if (name === '%sessions-changed') this.#emit('session:changed', {})
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

interface Greeting {
  readonly version: TmuxVersion
  readonly server: TmuxServer
  readonly seat: Seat
}

/** Asks a new client what it is connected to. It answers before it is in its session: then it is asked again. */
async function greet(connection: ControlConnection, anchor: string, timeoutMs: number): Promise<Greeting> {
  const seatFormat = '#{session_id}\n#{window_id}\n#{pane_pid}'
  const format = `#{version}\n${seatFormat}\n#{pid}\n#{start_time}\n#{socket_path}`
  const line = formatCommand(['display-message', '-p', '-t', `=${anchor}:`, format])
  for (const end = performance.now() + timeoutMs; performance.now() < end; ) {
    const [block] = await connection.request({ line, fenced: true })
    const [text = '', session, window, anchorPid, pid, startedAt, ...path] = block?.lines ?? []
    const version = parseVersion(text)
    if (version === undefined) {
      throw new TmuxError('COMMAND_FAILED', `tmux tells no version that can be read: ${JSON.stringify(text)}`)
    }
    if (isTooOld(version)) throw tooOld(version)
    if (!isSessionId(session) || !isWindowId(window)) continue
    const server = { pid: Number(pid), startedAt: Number(startedAt), socketPath: path.join('\n') }
    return { version, server, seat: { session, window, pid: Number(anchorPid) } }
  }
  throw new TmuxError('TIMEOUT', 'the tmux client did not get into its session in time')
}

function isSameServer(a: TmuxServer, b: TmuxServer): boolean {
  return a.pid === b.pid && a.startedAt === b.startedAt
}

function neverAnswered(cause: TmuxError): TmuxError {
  return new TmuxError('TIMEOUT', 'the tmux server did not answer a new client in time', {
    details: cause.details,
    hint: 'It may be busy or stopped, or of another version than the tmux program: 3.8 and servers before it do not understand each other.',
    cause,
  })
}

export function closedError(): TmuxError {
  return new TmuxError('CLOSED', 'this tmux handle is closed', { hint: 'Open another one with Tmux.open().' })
}
