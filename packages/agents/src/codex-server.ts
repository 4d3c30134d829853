import { randomBytes } from 'node:crypto'
import { realpath } from 'node:fs/promises'
import { request } from 'node:http'
import type { Socket } from 'node:net'
import { codexSocket } from './codex-pane.ts'
import { isObject, type JsonObject, parseObject } from './json.ts'
import { encodeFrame, FrameReader } from './web-socket-frames.ts'

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
async function connect(stateDir: string): Promise<Socket | undefined> {
  const socketPath = await realpath(codexSocket(stateDir)).catch(() => undefined)
  if (socketPath === undefined) return undefined
  const headers = {
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': randomBytes(16).toString('base64'),
  }
  return await new Promise((resolve) => {
    const asked = request({ socketPath, path: '/', headers, timeout: timeoutMs })
    asked.once('upgrade', (_response, socket: Socket, head) => {
      socket.unshift(head)
      resolve(socket)
    })
    asked.once('response', () => asked.destroy())
    asked.once('timeout', () => asked.destroy())
    asked.once('error', () => resolve(undefined))
    asked.once('close', () => resolve(undefined))
    asked.end()
  })
}

/** Requests and their answers, by number. What the server tells unasked is let go by. */
class Link implements CodexServer {
  readonly #socket: Socket
  readonly #frames = new FrameReader()
  readonly #waiting = new Map<number, (answer: CodexAnswer) => void>()
  #last = 0

  constructor(socket: Socket) {
    this.#socket = socket
    socket.setTimeout(0)
    socket.on('data', (chunk: Buffer) => this.#read(chunk))
    socket.on('error', () => socket.destroy())
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
      if (this.#socket.destroyed) settle({ status: 'failed', detail: 'the connection was lost' })
      else this.#say({ id, method, params })
    })
  }

  tell(method: string): void {
    this.#say({ method })
  }

  close(): void {
    this.#socket.end(encodeFrame('close', Buffer.alloc(0)))
    this.#socket.destroySoon()
  }

  #say(message: JsonObject): void {
    this.#socket.write(encodeFrame('text', Buffer.from(JSON.stringify(message))))
  }

  #read(chunk: Buffer): void {
    try {
      for (const frame of this.#frames.push(chunk)) {
        if (frame.kind === 'text') this.#hear(parseObject(frame.text) ?? {})
        else if (frame.kind === 'ping') this.#socket.write(encodeFrame('pong', frame.payload))
        else this.close()
      }
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
      this.#socket.destroy()
    }
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
