import type { Socket } from 'node:net'
import type {
  CallOptions,
  DaemonClient,
  DaemonRequests,
  DaemonStreams,
  FollowOptions,
} from './daemon-requests.ts'
import type { DaemonStatus } from './daemon-status.ts'
import { Deadlines } from './deadlines.ts'
import { DaemonError } from './errors.ts'
import { encodeFrame, type FrameDecoder } from './frames.ts'
import { type OpenSocket, type OpenSocketOptions, openSocket } from './open-socket.ts'
import { type DaemonFrame, type Greeting, type Identity, parseDaemonFrame } from './protocol.ts'
import { RemoteError } from './wire-error.ts'

/** A call that has no answer yet. */
interface Waiter {
  readonly name: string
  readonly timeoutMs: number
  /** By the monotonic clock. */
  readonly deadline: number
  readonly resolve: (result: unknown) => void
  readonly reject: (error: unknown) => void
  readonly unlisten: (() => void) | undefined
}

/** Connects to the daemon of a home, for the one who asks where a call does not say; see {@link openSocket} for what can go wrong. */
export async function openClient(options: OpenSocketOptions, as?: Identity): Promise<DaemonClient> {
  const again = (signal?: AbortSignal): Promise<OpenSocket> => openSocket({ ...options, signal })
  return new Client(await openSocket(options), again, as)
}

class Client implements DaemonClient {
  readonly daemon: Readonly<Greeting>
  readonly #socket: Socket
  readonly #decoder: FrameDecoder
  readonly #connectAgain: (signal?: AbortSignal) => Promise<OpenSocket>
  readonly #as: Identity | undefined
  readonly #waiting = new Map<number, Waiter>()
  readonly #streams = new Set<Socket>()
  readonly #deadlines = new Deadlines((now) => this.#leaveLate(now))
  #nextId = 1
  #ended: Error | undefined

  constructor(
    { socket, greeting, decoder, early }: OpenSocket,
    connectAgain: (signal?: AbortSignal) => Promise<OpenSocket>,
    as: Identity | undefined,
  ) {
    this.#as = as
    this.daemon = greeting
    this.#socket = socket
    this.#decoder = decoder
    this.#connectAgain = connectAgain
    socket.on('data', (chunk: Buffer) => this.#receive(chunk))
    // 'close' follows and tells everybody who waits.
    socket.on('error', () => socket.destroy())
    socket.on('close', () =>
      this.#end(new DaemonError('CONNECTION_LOST', 'the connection to the daemon is gone')),
    )
    for (const line of early) this.#dispatch(line)
    socket.resume()
  }

  call<N extends keyof DaemonRequests>(
    name: N,
    args: DaemonRequests[N]['args'],
    options: CallOptions = {},
  ): Promise<DaemonRequests[N]['result']> {
    // The daemon answers each name with the type that the map gives it; here the answer gets it back.
    return this.#ask(name, args, options) as Promise<DaemonRequests[N]['result']>
  }

  async *follow<N extends keyof DaemonStreams>(
    name: N,
    args: DaemonStreams[N]['args'],
    { as = this.#as, signal }: FollowOptions = {},
  ): AsyncGenerator<DaemonStreams[N]['item'], void, undefined> {
    if (this.#ended !== undefined) throw this.#ended
    const { socket, decoder, early } = await this.#connectAgain(signal)
    const abort = (): void => void socket.destroy()
    signal?.addEventListener('abort', abort)
    this.#streams.add(socket)
    // Whoever reads is told; nobody may read just now.
    socket.on('error', () => undefined)
    try {
      socket.write(encodeFrame(toRequest(1, name, args, as)))
      for await (const frame of readFrames(socket, decoder, early)) {
        if (frame.type === 'error') throw new RemoteError(frame.error)
        if (frame.type !== 'item') return
        yield frame.item as DaemonStreams[N]['item']
      }
      throw this.#ended ?? streamLost(name)
    } catch (error) {
      if (signal?.aborted === true) throw signal.reason
      throw isSystemError(error) ? (this.#ended ?? streamLost(name, error)) : error
    } finally {
      signal?.removeEventListener('abort', abort)
      this.#streams.delete(socket)
      socket.destroy()
    }
  }

  status(options: CallOptions = {}): Promise<DaemonStatus> {
    return this.call('daemon.status', {}, options)
  }

  async close(): Promise<void> {
    this.#end(new DaemonError('CLOSED', 'the connection to the daemon was closed'))
    for (const stream of this.#streams) stream.destroy()
    if (this.#socket.closed) return
    const closed = new Promise<void>((resolve) => this.#socket.once('close', () => resolve()))
    this.#socket.destroySoon()
    await closed
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #ask(name: string, args: unknown, options: CallOptions): Promise<unknown> {
    const { signal, timeoutMs = 60_000 } = options
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) return reject(signal.reason)
      if (this.#ended !== undefined) return reject(this.#ended)
      const id = this.#nextId
      this.#nextId += 1
      const deadline = performance.now() + timeoutMs
      const unlisten = signal && onAbort(signal, () => this.#leave(id, signal.reason))
      this.#waiting.set(id, { name, timeoutMs, deadline, resolve, reject, unlisten })
      this.#deadlines.add(deadline)
      this.#socket.write(encodeFrame(toRequest(id, name, args, options.as ?? this.#as)))
    })
  }

  /** The call, which waits no longer. */
  #take(id: number): Waiter | undefined {
    const waiter = this.#waiting.get(id)
    this.#waiting.delete(id)
    waiter?.unlisten?.()
    return waiter
  }

  #leave(id: number, error: unknown): void {
    this.#socket.write(encodeFrame({ cancel: id }))
    this.#take(id)?.reject(error)
  }

  #leaveLate(now: number): number | undefined {
    let next: number | undefined
    for (const [id, { name, timeoutMs, deadline }] of [...this.#waiting]) {
      if (deadline <= now) this.#leave(id, tooLate(name, timeoutMs))
      else next = Math.min(next ?? deadline, deadline)
    }
    return next
  }

  #receive(chunk: Buffer): void {
    try {
      for (const line of this.#decoder.push(chunk)) this.#dispatch(line)
    } catch (error) {
      this.#end(error instanceof Error ? error : new Error(String(error)))
      this.#socket.destroy()
    }
  }

  #dispatch(line: string): void {
    const frame = parseDaemonFrame(line)
    if (frame.id === null) {
      if (frame.type === 'error') this.#end(new RemoteError(frame.error))
      return
    }
    const waiter = this.#take(Number(frame.id))
    if (frame.type === 'result') waiter?.resolve(frame.result)
    else waiter?.reject(frame.type === 'error' ? new RemoteError(frame.error) : notOneAnswer(waiter.name))
  }

  #end(error: Error): void {
    this.#ended ??= error
    this.#deadlines.stop()
    for (const [id, { name }] of [...this.#waiting]) this.#take(id)?.reject(unanswered(this.#ended, name))
  }
}

function onAbort(signal: AbortSignal, listener: () => void): () => void {
  signal.addEventListener('abort', listener)
  return () => signal.removeEventListener('abort', listener)
}

async function* readFrames(
  socket: Socket,
  decoder: FrameDecoder,
  early: readonly string[],
): AsyncGenerator<DaemonFrame> {
  for (const line of early) yield parseDaemonFrame(line)
  for await (const chunk of socket) for (const line of decoder.push(chunk)) yield parseDaemonFrame(line)
}

function toRequest(id: number, name: string, args: unknown, as: Identity | undefined): object {
  return as === undefined ? { id, name, args } : { id, name, args, as }
}

function unanswered(cause: Error, request: string): Error {
  if (!(cause instanceof DaemonError)) return cause
  return new DaemonError(cause.code, `${request}: ${cause.message}`, {
    hint: 'whether it took effect is not known; look before you ask again',
    details: { ...cause.details, request, outcome: 'unknown' },
    cause,
  })
}

/** The daemon was killed while something lay unread in its socket. */
function isSystemError(error: unknown): error is Error {
  return error instanceof Error && 'syscall' in error
}

function streamLost(name: string, cause?: Error): DaemonError {
  return new DaemonError('CONNECTION_LOST', `${name}: the connection to the daemon is gone`, {
    ...(cause && { cause }),
  })
}

function tooLate(request: string, timeoutMs: number): DaemonError {
  return new DaemonError('TIMEOUT', `${request}: the daemon gave no answer within ${timeoutMs} ms`, {
    hint: 'whether it took effect is not known; look before you ask again',
    details: { request, timeoutMs, outcome: 'unknown' },
  })
}

function notOneAnswer(request: string): DaemonError {
  return new DaemonError('BAD_FRAME', `${request} answers with a stream; follow it instead`, {
    details: { request },
  })
}
