import { chmodSync, lstatSync, renameSync, rmSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { Connection, type RequestHandler } from './connection.ts'
import { DaemonError } from './errors.ts'
import type { Greeting } from './protocol.ts'

export interface SocketServerOptions {
  /** Where to listen; whatever is there is replaced, so hold the home's lock first. */
  readonly path: string
  readonly greeting: Greeting
  readonly handle: RequestHandler
  /** How long requests under way may take once the server closes. @defaultValue 5000 */
  readonly graceMs?: number
}

/** The private socket of a daemon (mode 0600) and the clients on it. */
export class SocketServer implements AsyncDisposable {
  readonly #options: SocketServerOptions
  readonly #connections = new Set<Connection>()
  #server: Server
  #inode = 0
  #accepted = 0
  #closing: Promise<void> | undefined

  private constructor(options: SocketServerOptions) {
    this.#options = options
    this.#server = createServer((socket) => this.#accept(socket))
  }

  static async listen(options: SocketServerOptions): Promise<SocketServer> {
    const server = new SocketServer(options)
    await server.#bind()
    return server
  }

  get counters(): { clients: number; accepted: number; inFlight: number } {
    const inFlight = [...this.#connections].reduce((sum, connection) => sum + connection.inFlight, 0)
    return { clients: this.#connections.size, accepted: this.#accepted, inFlight }
  }

  /** Whether new clients still find this server at its path; somebody may have removed or replaced the socket. */
  isReachable(): boolean {
    return inodeOf(this.#options.path) === this.#inode
  }

  /** Listens at the path again; clients that are connected stay. */
  async rebind(): Promise<void> {
    this.#server.close()
    this.#server = createServer((socket) => this.#accept(socket))
    await this.#bind()
  }

  /** Takes no more clients, lets requests under way end within the grace, and removes the socket. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /** Under a name of its own first: at its final path the socket is never there with another mode, nor for a moment absent. */
  async #bind(): Promise<void> {
    const { path } = this.#options
    const temporary = join(dirname(path), `.d${process.pid}`)
    rmSync(temporary, { force: true })
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen(temporary, () => {
        this.#server.off('error', reject)
        resolve()
      })
    })
    chmodSync(temporary, 0o600)
    renameSync(temporary, path)
    this.#inode = inodeOf(path)
  }

  #accept(socket: Socket): void {
    this.#accepted += 1
    const connection: Connection = new Connection(socket, {
      greeting: this.#options.greeting,
      handle: this.#options.handle,
      onClosed: () => this.#connections.delete(connection),
    })
    this.#connections.add(connection)
  }

  async #close(): Promise<void> {
    const ended = new Promise<void>((resolve) => this.#server.close(() => resolve()))
    if (this.isReachable()) rmSync(this.#options.path, { force: true })
    const reason = new DaemonError('CLOSED', 'the daemon is ending')
    for (const connection of this.#connections) connection.finish(reason)
    const aborter = new AbortController()
    const grace = delay(this.#options.graceMs ?? 5_000, undefined, { signal: aborter.signal })
    await Promise.race([ended, grace])
    aborter.abort()
    await grace.catch((error: unknown) => {
      if (!aborter.signal.aborted) throw error
    })
    for (const connection of this.#connections) connection.destroy()
    await ended
  }
}

function inodeOf(path: string): number {
  return lstatSync(path, { throwIfNoEntry: false })?.ino ?? 0
}
