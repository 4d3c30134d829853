import { DaemonError } from './errors.ts'
import { parseWireError, type WireError } from './wire-error.ts'

/** Raised when an old client could misread a new daemon, or the other way round. */
export const protocolVersion = 1

/** The daemon's first frame on every connection. */
export interface Greeting {
  readonly tmo: 'daemon'
  readonly protocol: number
  readonly version: string
  readonly pid: number
  readonly home: string
}

/** For whom a request speaks: one agent and its secret. */
export interface Identity {
  /** `<orchestration>/<name>`. */
  readonly agent: string
  readonly token: string
}

export type RequestId = number | string

/** What a client may send. */
export type ClientFrame =
  | { readonly type: 'hello'; readonly protocol: number; readonly version: string }
  | { readonly type: 'cancel'; readonly id: RequestId }
  | {
      readonly type: 'request'
      readonly id: RequestId
      readonly name: string
      readonly args: unknown
      readonly as?: Identity
    }

/** What the daemon answers. A stream is items, then an end. */
export type DaemonFrame =
  | { readonly type: 'result'; readonly id: RequestId; readonly result: unknown }
  | { readonly type: 'item'; readonly id: RequestId; readonly item: unknown }
  | { readonly type: 'end'; readonly id: RequestId }
  | { readonly type: 'error'; readonly id: RequestId | null; readonly error: WireError }

/** A daemon's answer as it is written. */
export type Reply =
  | { readonly id: RequestId; readonly result: unknown }
  | { readonly id: RequestId; readonly item: unknown }
  | { readonly id: RequestId; readonly end: true }
  | { readonly id: RequestId | null; readonly error: WireError }

/**
 * Reads one line of a client.
 *
 * @throws DaemonError BAD_FRAME when it is not JSON or not a frame of the protocol
 */
export function parseClientFrame(line: string): ClientFrame {
  const frame = parseObject(line)
  if ('hello' in frame) {
    if (typeof frame['hello'] !== 'number') throw badFrame('"hello" is the number of a protocol')
    return { type: 'hello', protocol: frame['hello'], version: String(frame['version'] ?? '') }
  }
  if ('cancel' in frame) return { type: 'cancel', id: parseId(frame['cancel']) }
  const id = parseId(frame['id'])
  if (typeof frame['name'] !== 'string' || frame['name'] === '') throw badFrame('a request has a "name"')
  const as = parseIdentity(frame['as'])
  const request = { type: 'request', id, name: frame['name'], args: frame['args'] } as const
  return as === undefined ? request : { ...request, as }
}

/**
 * Reads one line of a daemon after its greeting.
 *
 * @throws DaemonError BAD_FRAME when it is not JSON or not a frame of the protocol
 */
export function parseDaemonFrame(line: string): DaemonFrame {
  const frame = parseObject(line)
  if ('error' in frame) {
    const id = frame['id'] === null || frame['id'] === undefined ? null : parseId(frame['id'])
    return { type: 'error', id, error: parseWireError(frame['error']) }
  }
  const id = parseId(frame['id'])
  if ('item' in frame) return { type: 'item', id, item: frame['item'] }
  if (frame['end'] === true) return { type: 'end', id }
  return { type: 'result', id, result: frame['result'] }
}

/**
 * Reads the first line of whatever listens on a socket.
 *
 * @throws DaemonError PROTOCOL_MISMATCH when it is no daemon of ours or speaks another protocol
 */
export function parseGreeting(line: string): Greeting {
  const frame = parseObject(line)
  const { tmo, protocol, version, pid, home } = frame
  if (tmo !== 'daemon' || typeof protocol !== 'number') {
    throw new DaemonError('PROTOCOL_MISMATCH', 'what listens there is no tmux-orchestrator daemon')
  }
  const greeting = { tmo, protocol, version: String(version), pid: Number(pid), home: String(home) } as const
  if (protocol !== protocolVersion) throw protocolMismatch(greeting)
  return greeting
}

/** Both sides say the same, whoever notices. */
export function protocolMismatch(other: { protocol: number; version: string; pid?: number }): DaemonError {
  const words = `one side speaks protocol ${other.protocol} (version ${other.version}), the other ${protocolVersion}`
  return new DaemonError('PROTOCOL_MISMATCH', `program and daemon are of different versions: ${words}`, {
    hint: 'restart the daemon with the program that you use: tmo restart, or tmo-scheduler stop && tmo-scheduler start',
    ...(other.pid === undefined ? {} : { details: { pid: other.pid } }),
  })
}

function parseObject(line: string): Record<string, unknown> {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch (error) {
    throw badFrame('a frame is one JSON object on one line', error)
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw badFrame('a frame is one JSON object on one line')
  }
  return value as Record<string, unknown>
}

function parseId(value: unknown): RequestId {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value
  if (typeof value === 'string' && value !== '' && value.length <= 100) return value
  throw badFrame('an "id" is an integer or a short string')
}

function parseIdentity(value: unknown): Identity | undefined {
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'object') throw badFrame('"as" is an object')
  const { agent, token }: Record<string, unknown> = { ...value }
  if (typeof agent !== 'string' || typeof token !== 'string')
    throw badFrame('"as" has an "agent" and a "token"')
  return { agent, token }
}

function badFrame(message: string, cause?: unknown): DaemonError {
  return new DaemonError('BAD_FRAME', message, cause === undefined ? {} : { cause })
}
