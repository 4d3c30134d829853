import { createHash } from 'node:crypto'
import { createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import type { SocketAddress } from './control-arguments.ts'

/** A connection that can be kept from sending for a moment. */
export interface Holdable {
  /** Sends nothing more until released; resolves when all that was sent is answered. */
  hold(): Promise<void>
  release(): void
}

/** Longest wait for others. Whoever is stuck must not keep everybody from the server. */
const waitMs = 1000
const retryMs = 3

/** What this process does on one server. */
interface Place {
  readonly connections: Set<Holdable>
  last: Promise<void>
  waiting: number
}

const places = new Map<string, Place>()

/** The socket's path, as tmux makes it of a name. */
export function socketKey(socket: SocketAddress, env: Readonly<Record<string, string | undefined>>): string {
  if ('path' in socket) return socket.path
  return join(env['TMUX_TMPDIR'] || '/tmp', `tmux-${process.getuid?.() ?? 0}`, socket.name)
}

export function register(key: string, connection: Holdable): void {
  placeOf(key).connections.add(connection)
}

export function unregister(key: string, connection: Holdable): void {
  const place = places.get(key)
  place?.connections.delete(connection)
  forget(key)
}

/**
 * Runs what makes or ends a session, or connects, while nothing else of the kind runs. Up to 3.7 the server writes such news to every
 * control client, also to one that has only begun to connect, and crashes on it: six that connect at once end it nine times
 * of ten (3.3a). Callers of this process take turns, and on Linux other processes wait too.
 *
 * @param holds whether all connections of this process are kept from sending meanwhile; not for what itself needs one
 */
export async function inConnectTurn<T>(
  key: string,
  { holds }: { readonly holds: boolean },
  action: () => Promise<T>,
): Promise<T> {
  const place = placeOf(key)
  const before = place.last
  let end: () => void = () => undefined
  place.last = new Promise((resolve) => {
    end = resolve
  })
  place.waiting += 1
  await before
  const lock = await lockAcrossProcesses(key)
  const held = holds ? [...place.connections] : []
  try {
    await Promise.race([
      Promise.all(held.map((connection) => connection.hold())),
      setTimeout(waitMs, undefined, { ref: false }),
    ])
    return await action()
  } finally {
    for (const connection of held) connection.release()
    lock?.close()
    place.waiting -= 1
    end()
    forget(key)
  }
}

function placeOf(key: string): Place {
  const known = places.get(key)
  if (known !== undefined) return known
  const place = { connections: new Set<Holdable>(), last: Promise.resolve(), waiting: 0 }
  places.set(key, place)
  return place
}

function forget(key: string): void {
  const place = places.get(key)
  if (place !== undefined && place.connections.size === 0 && place.waiting === 0) places.delete(key)
}

/** An abstract socket: nobody else can hold one of that name, it leaves no file, and it goes with its process. */
async function lockAcrossProcesses(key: string): Promise<Server | undefined> {
  if (process.platform !== 'linux') return undefined
  const name = lockName(key)
  for (const end = performance.now() + waitMs; performance.now() < end; ) {
    const server = await listen(name)
    if (server !== undefined) return server
    await setTimeout(retryMs)
  }
  return undefined
}

export function lockName(key: string): string {
  return `\0tmo-tmux-${createHash('sha256').update(key).digest('hex').slice(0, 32)}`
}

function listen(name: string): Promise<Server | undefined> {
  return new Promise((resolve) => {
    const server = createServer((socket) => socket.destroy())
    server.once('error', () => resolve(undefined))
    server.listen(name, () => resolve(server))
  })
}
