import { realpath } from 'node:fs/promises'
import { createConnection } from 'node:net'
import type { WebSocket } from 'ws'
import { codexSocket } from './codex-pane.ts'
import { isObject, type JsonObject, parseObject } from './json.ts'

/** What a request gave. `refused`: the server said no. `failed`: it may or may not have been taken. */
export type CodexAnswer =
  | { readonly status: 'answered'; readonly value: JsonObject }
  | { readonly status: 'refused'; readonly detail: string }
  | { readonly status: 'failed'; readonly detail: string }

/** A connection to the app-server in an agent's pane. */
export interface CodexServer {
  ask(method: string, params: JsonObject): Promise<CodexAnswer>
  close(): void
}

const timeoutMs = 5_000
/** More than a server says in one message of those that are asked of it. */
const maxPayload = 16 * 1024 * 1024

/** Connects to the server of an agent; undefined where none listens, or what listens does not speak as it should. */
export async function openCodexServer(
  stateDir: string,
  signal?: AbortSignal,
): Promise<CodexServer | undefined> {
  signal?.throwIfAborted()
  const socket = await connect(stateDir)
  if (!socket) return undefined
  const link = new Link(socket)
  const clientInfo = { name: 'tmux-orchestrator', title: null, version: '1' }
  const met = await link.ask('initialize', { clientInfo })
  if (met.status === 'answered' && !signal?.aborted) {
    link.tell('initialized')
    return link
  }
  link.close()
  signal?.throwIfAborted()
  return undefined
}

/** By the name that its link leads to, which is short: that of a socket may have a hundred bytes. */
async function connect(stateDir: string): Promise<WebSocket | undefined> {
  const path = await realpath(codexSocket(stateDir)).catch(() => undefined)
  if (path === undefined) return undefined
  // loaded where an agent has such a server, and by nobody else
  const { WebSocket } = await import('ws')
  const options = { handshakeTimeout: timeoutMs, maxPayload, perMessageDeflate: false }
  const socket = new WebSocket('ws://localhost/', {
    ...options,
    createConnection: () => createConnection(path),
  })
  return await new Promise((resolve) => {
    socket.once('open', () => resolve(socket))
    socket.once('close', () => resolve(undefined))
    // also later: what is wrong with a connection ends it
    socket.on('error', () => socket.terminate())
  })
}

/** Requests and their answers, by number. What the server tells unasked is let go by. */
class Link implements CodexServer {
  readonly #socket: WebSocket
  readonly #waiting = new Map<number, (answer: CodexAnswer) => void>()
  #last = 0

  constructor(socket: WebSocket) {
    this.#socket = socket
    socket.on('message', (data) => this.#hear(parseObject(String(data)) ?? {}))
    socket.on('close', () => this.#end('the connection was lost'))
  }

  ask(method: string, params: JsonObject): Promise<CodexAnswer> {
    this.#last += 1
    const id = this.#last
    return new Promise((resolve) => {
      const settle = (answer: CodexAnswer): void => {
        clearTimeout(timer)
        this.#waiting.delete(id)
        resolve(answer)
      }
      const timer = setTimeout(settle, timeoutMs, {
        status: 'failed',
        detail: `no answer within ${timeoutMs} ms`,
      })
      this.#waiting.set(id, settle)
      if (this.#socket.readyState !== this.#socket.OPEN)
        settle({ status: 'failed', detail: 'the connection was lost' })
      else this.#say({ id, method, params })
    })
  }

  tell(method: string): void {
    this.#say({ method })
  }

  close(): void {
    this.#socket.close()
  }

  #say(message: JsonObject): void {
    this.#socket.send(JSON.stringify(message))
  }

  /** A request of the server's own has a number too, and a method. */
  #hear({ id, method, result, error }: JsonObject): void {
    if (typeof id !== 'number' || method !== undefined) return
    this.#waiting.get(id)?.(
      isObject(error)
        ? { status: 'refused', detail: String(error['message']) }
        : { status: 'answered', value: isObject(result) ? result : {} },
    )
  }

  #end(detail: string): void {
    for (const settle of [...this.#waiting.values()]) settle({ status: 'failed', detail })
  }
}
