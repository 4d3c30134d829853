import { connect, type Socket } from 'node:net'
import { readRecord } from './daemon-record.ts'
import { DaemonError } from './errors.ts'
import { encodeFrame, FrameDecoder } from './frames.ts'
import { homePaths } from './home.ts'
import { type Greeting, parseGreeting, protocolVersion } from './protocol.ts'
import { naturalSocketPath } from './socket-path.ts'

export interface OpenSocketOptions {
  readonly home: string
  /** Of the program that asks; shown where versions differ. */
  readonly version: string
  readonly signal?: AbortSignal | undefined
  /** For the connection and the greeting. @defaultValue 30 000: a machine that starts many agents lets a daemon wait for its turn */
  readonly timeoutMs?: number | undefined
}

const defaultTimeoutMs = 30_000

/** A socket on which both sides have said who they are; paused, so that nothing is lost before somebody listens. */
export interface OpenSocket {
  readonly socket: Socket
  readonly greeting: Greeting
  readonly decoder: FrameDecoder
  /** Lines that came with the greeting. */
  readonly early: readonly string[]
}

/**
 * Connects to the daemon of a home.
 *
 * @throws DaemonError NOT_RUNNING when nobody listens; TIMEOUT when somebody does and says nothing; PROTOCOL_MISMATCH
 */
export async function openSocket(options: OpenSocketOptions): Promise<OpenSocket> {
  const { home, timeoutMs = defaultTimeoutMs } = options
  options.signal?.throwIfAborted()
  const path = naturalSocketPath(home) ?? readRecord(homePaths(home).record)?.socket
  if (path === undefined) throw notRunning(home)
  const socket = connect(path)
  try {
    return await greet(socket, options, () => silent(home, path, timeoutMs))
  } catch (error) {
    // Late trouble on a socket that nobody waits for any more.
    socket.on('error', () => socket.destroy())
    socket.destroy()
    throw toConnectError(error, home, path)
  }
}

/** The error for a home without a daemon. */
export function notRunning(home: string, cause?: Error): DaemonError {
  return new DaemonError('NOT_RUNNING', `no daemon runs for ${home}`, {
    hint: 'start it: tmo-scheduler start',
    details: { home },
    ...(cause === undefined ? {} : { cause }),
  })
}

function greet(
  socket: Socket,
  { version, signal, timeoutMs = defaultTimeoutMs }: OpenSocketOptions,
  late: () => DaemonError,
): Promise<OpenSocket> {
  return new Promise((resolve, reject) => {
    const decoder = new FrameDecoder()
    const settle = (): void => {
      socket.pause()
      socket.removeAllListeners('data').removeAllListeners('error').removeAllListeners('close')
      signal?.removeEventListener('abort', abort)
      clearTimeout(timer)
    }
    const fail = (error: unknown): void => {
      settle()
      reject(error)
    }
    const abort = (): void => fail(signal?.reason)
    signal?.addEventListener('abort', abort)
    // not AbortSignal.any(): Node 20 may collect what it is made of, and then it never fires
    const timer = setTimeout(() => fail(late()), timeoutMs)
    socket.on('error', fail)
    socket.on('close', () => fail(new DaemonError('CONNECTION_LOST', 'the daemon hung up before it greeted')))
    socket.on('data', (chunk: Buffer) => {
      try {
        const [line, ...early] = decoder.push(chunk)
        if (line === undefined) return
        const greeting = parseGreeting(line)
        settle()
        resolve({ socket, greeting, decoder, early })
      } catch (error) {
        fail(error)
      }
    })
    socket.write(encodeFrame({ hello: protocolVersion, version }))
  })
}

function silent(home: string, socket: string, timeoutMs: number): DaemonError {
  return new DaemonError('TIMEOUT', `the daemon of ${home} did not answer within ${timeoutMs} ms`, {
    hint: 'it may be stopped or hang; see logs/daemon.log in that folder, or replace it: tmo restart (tmo-scheduler stop ends it)',
    details: { home, socket, timeoutMs },
  })
}

function toConnectError(error: unknown, home: string, socket: string): unknown {
  if (!(error instanceof Error) || !('code' in error)) return error
  if (error.code === 'ENOENT' || error.code === 'ECONNREFUSED' || error.code === 'ENOTDIR')
    return notRunning(home, error)
  if (error.code === 'ECONNRESET' || error.code === 'EPIPE') {
    return new DaemonError('CONNECTION_LOST', `the daemon of ${home} was lost before it greeted`, {
      details: { home, socket },
      cause: error,
    })
  }
  if (error.code !== 'EACCES' && error.code !== 'EPERM') return error
  return new DaemonError('HOME_UNUSABLE', `cannot reach the daemon of ${home}: it belongs to another user`, {
    hint: 'choose a home of your own with TMO_HOME=/path',
    details: { home, socket, errno: String(error.code) },
    cause: error,
  })
}
