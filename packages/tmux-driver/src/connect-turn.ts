import { createHash } from 'node:crypto'
import { createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import type { SocketAddress } from './control-arguments.ts'
import { inTurn } from './in-turn.ts'

/** A connection that can be kept from sending for a moment. */
export interface Holdable {
  /** Sends nothing more until released; resolves when all that was sent is answered. */
  hold(): Promise<void>
  release(): void
}

/** Longest wait for others. Whoever is stuck must not keep everybody from the server. */
const waitMs = 1000
const retryMs = 3

const connections = new Map<string, Set<Holdable>>()

/** The socket's path, as tmux makes it of a name. */
export function socketKey(socket: SocketAddress, env: Readonly<Record<string, string | undefined>>): string {
  if ('path' in socket) return socket.path
  return join(env['TMUX_TMPDIR'] || '/tmp', `tmux-${process.getuid?.() ?? 0}`, socket.name)
}

export function register(key: string, connection: Holdable): void {
  const known = connections.get(key)
  if (known === undefined) connections.set(key, new Set([connection]))
  else known.add(connection)
}

export function unregister(key: string, connection: Holdable): void {
  const known = connections.get(key)
  known?.delete(connection)
  if (known?.size === 0) connections.delete(key)
}

/**
 * Runs what makes or ends a session, or connects, while nothing else of the kind runs. tmux up to 3.7 writes such news to every
 * control client, also to one that is still introducing itself, and crashes on it with all that runs in it: six clients that
 * connect at once end a 3.3a nine times of ten. Callers of this process take turns, and on Linux other processes wait too.
 *
 * @param options.holds whether all connections of this process are kept from sending meanwhile; not for what itself needs one
 * @throws the signal's reason when it is aborted before the turn comes.
 */
export async function inConnectTurn<T>(
  key: string,
  action: () => Promise<T>,
  { holds = false, signal }: { readonly holds?: boolean; readonly signal?: AbortSignal | undefined } = {},
): Promise<T> {
  const step = async (): Promise<T> => {
    const lock = await lockAcrossProcesses(key)
    const held = holds ? [...(connections.get(key) ?? [])] : []
    try {
      await Promise.race([
        Promise.all(held.map((connection) => connection.hold())),
        setTimeout(held.length === 0 ? 0 : waitMs, undefined, { ref: false }),
      ])
      return await action()
    } finally {
      for (const connection of held) connection.release()
      lock?.close()
    }
  }
  return await inTurn(key, step, signal)
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
