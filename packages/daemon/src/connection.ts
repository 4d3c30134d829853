import type { Socket } from 'node:net'
import { Cancellation } from './cancellation.ts'
import { DaemonError } from './errors.ts'
import { encodeFrame, FrameDecoder, maxFrameBytes } from './frames.ts'
import {
  type ClientFrame,
  type Greeting,
  type Identity,
  parseClientFrame,
  protocolMismatch,
  protocolVersion,
  type Reply,
  type RequestId,
} from './protocol.ts'
import { toWireError } from './wire-error.ts'

/** One request as the daemon's code sees it. */
export interface IncomingRequest {
  readonly name: string
  readonly args: unknown
  readonly as?: Identity
}

/** One value, or many of them over time. */
export type Answer = { readonly result: unknown } | { readonly items: AsyncIterable<unknown> }

export type RequestHandler = (
  request: IncomingRequest,
  options: { readonly signal: AbortSignal },
) => Promise<Answer>

export interface ConnectionOptions {
  readonly greeting: Greeting
  readonly handle: RequestHandler
  readonly onClosed: () => void
}

/** Requests of one client under way at once, and bytes it has not read yet, before we stop listening to it for a while. */
const maxInFlight = 256
const maxUnreadBytes = 1024 * 1024
const helloTimeoutMs = 30_000

/** One client: reads its frames, answers each in its own time, and waits for a client that does not read. */
export class Connection {
  readonly #socket: Socket
  readonly #options: ConnectionOptions
  readonly #decoder = new FrameDecoder()
  readonly #inFlight = new Map<RequestId, Cancellation>()
  /** Those under way that never end by themselves. */
  readonly #streams = new Set<RequestId>()
  readonly #helloTimer: NodeJS.Timeout
  #hasHello = false
  #isEnding = false

  constructor(socket: Socket, options: ConnectionOptions) {
    this.#socket = socket
    this.#options = options
    // What has arrived while this process waited for its turn is read before anybody is called silent.
    this.#helloTimer = setTimeout(() => setImmediate(() => this.#refuseSilent()), helloTimeoutMs)
    socket.on('data', (chunk: Buffer) => this.#receive(chunk))
    socket.on('drain', () => this.#listen())
    // A client that vanishes is no failure of ours; 'close' follows and tells everything.
    socket.on('error', () => socket.destroy())
    socket.on('close', () => this.#closed())
    socket.write(encodeFrame(options.greeting))
  }

  get inFlight(): number {
    return this.#inFlight.size
  }

  /** Ends all that never ends by itself, and the connection once nothing is under way. */
  finish(reason: Error): void {
    this.#isEnding = true
    for (const [id, cancellation] of this.#inFlight) if (this.#streams.has(id)) cancellation.abort(reason)
    this.#endWhenIdle()
  }

  destroy(): void {
    this.#socket.destroy()
  }

  #refuseSilent(): void {
    if (!this.#hasHello) this.#refuse(new DaemonError('TIMEOUT', 'no hello came'))
  }

  #receive(chunk: Buffer): void {
    if (this.#isEnding) return
    try {
      for (const line of this.#decoder.push(chunk)) this.#accept(parseClientFrame(line))
    } catch (error) {
      this.#refuse(error)
    }
    if (this.#inFlight.size >= maxInFlight || this.#socket.writableLength > maxUnreadBytes)
      this.#socket.pause()
  }

  #accept(frame: ClientFrame): void {
    if (frame.type === 'hello') {
      if (frame.protocol !== protocolVersion) throw protocolMismatch(frame)
      this.#hasHello = true
      clearTimeout(this.#helloTimer)
      return
    }
    if (!this.#hasHello) throw new DaemonError('BAD_FRAME', 'the first frame is a hello')
    if (frame.type === 'cancel') {
      this.#inFlight.get(frame.id)?.abort(new DaemonError('CANCELLED', 'the client took the request back'))
      return
    }
    if (this.#inFlight.has(frame.id))
      throw new DaemonError('BAD_FRAME', `request ${frame.id} is under way already`)
    const cancellation = new Cancellation()
    this.#inFlight.set(frame.id, cancellation)
    void this.#answer(frame.id, frame, cancellation)
  }

  async #answer(id: RequestId, request: IncomingRequest, cancellation: Cancellation): Promise<void> {
    try {
      const answer = await this.#options.handle(request, cancellation)
      if ('result' in answer) this.#send({ id, result: answer.result ?? null })
      else await this.#stream(id, answer.items, cancellation.signal)
    } catch (error) {
      const { cause } = cancellation
      this.#send({ id, error: toWireError(cause === undefined ? error : cause.reason) })
    } finally {
      this.#inFlight.delete(id)
      this.#streams.delete(id)
      this.#listen()
      if (this.#isEnding) this.#endWhenIdle()
    }
  }

  async #stream(id: RequestId, items: AsyncIterable<unknown>, signal: AbortSignal): Promise<void> {
    this.#streams.add(id)
    for await (const item of items) {
      signal.throwIfAborted()
      this.#send({ id, item })
      if (this.#socket.writableNeedDrain) await this.#drained(signal)
    }
    signal.throwIfAborted()
    this.#send({ id, end: true })
  }

  #drained(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        this.#socket.off('drain', done)
        this.#socket.off('close', done)
        signal.removeEventListener('abort', done)
        resolve()
      }
      this.#socket.on('drain', done)
      this.#socket.on('close', done)
      signal.addEventListener('abort', done)
    })
  }

  #send(frame: Reply): void {
    if (!this.#socket.writable) return
    const text = encodeFrame(frame)
    // No character takes more than three bytes of UTF-8.
    if (text.length * 3 <= maxFrameBytes || Buffer.byteLength(text) <= maxFrameBytes) {
      this.#socket.write(text)
      return
    }
    const error = new DaemonError('FRAME_TOO_LARGE', `the answer is longer than ${maxFrameBytes} bytes`)
    this.#socket.write(encodeFrame({ id: frame.id, error: toWireError(error) }))
  }

  /** Nothing more can be understood: says why, and closes. */
  #refuse(error: unknown): void {
    this.#isEnding = true
    this.#send({ id: null, error: toWireError(error) })
    this.#socket.destroySoon()
  }

  #listen(): void {
    if (this.#inFlight.size >= maxInFlight || this.#socket.writableLength > maxUnreadBytes) return
    if (this.#socket.isPaused()) this.#socket.resume()
  }

  #endWhenIdle(): void {
    if (this.#inFlight.size === 0) this.#socket.destroySoon()
  }

  #closed(): void {
    clearTimeout(this.#helloTimer)
    this.#isEnding = true
    const reason = new DaemonError('CONNECTION_LOST', 'the client is gone')
    for (const cancellation of this.#inFlight.values()) cancellation.abort(reason)
    this.#options.onClosed()
  }
}
