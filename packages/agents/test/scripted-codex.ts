import { createServer } from 'node:http'
import type { Socket } from 'node:net'
import { isObject, type JsonObject, parseObject } from '../src/json.ts'

/** A thread as Codex 0.169 tells of it. */
export interface ScriptedThread {
  readonly id: string
  readonly parentThreadId?: string
  readonly activeFlags?: readonly string[]
  readonly turns?: readonly string[]
  /** The turn that runs. */
  readonly runs?: string
}

/** What Codex's app-server says, by a script: for answers that the real one gives only when something is wrong. */
export interface ScriptedCodex extends AsyncDisposable {
  threads: readonly ScriptedThread[]
  /** What `turn/start` gives: the id of the turn, an error, or the end of the connection. */
  start: { readonly turn: string } | { readonly error: string } | 'hang-up'
  /** The params of each `turn/start`. */
  readonly started: readonly JsonObject[]
}

export async function scriptCodex(socketPath: string): Promise<ScriptedCodex> {
  const sockets = new Set<Socket>()
  const started: JsonObject[] = []
  const server = createServer()
  const codex: ScriptedCodex = {
    threads: [],
    start: { turn: 'turn-1' },
    started,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  server.on('upgrade', (_request, socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n')
    let rest: Buffer = Buffer.alloc(0)
    socket.on('data', (chunk) => {
      const unmasked = unmask(Buffer.concat([rest, chunk]))
      rest = unmasked.rest
      for (const text of unmasked.texts) {
        const { id, method, params } = parseObject(text) ?? {}
        if (id === undefined) continue
        if (method === 'turn/start' && isObject(params)) started.push(params)
        if (method === 'turn/start' && codex.start === 'hang-up') socket.destroy()
        else {
          // what it tells unasked stands between what it is asked
          socket.write(frame({ method: 'configWarning', params: { summary: 'x'.repeat(300) } }))
          socket.write(frame({ id, ...answer(codex, String(method), isObject(params) ? params : {}) }))
        }
      }
    })
  })
  await new Promise<void>((resolve) => server.listen(socketPath, resolve))
  return codex
}

function answer(codex: ScriptedCodex, method: string, params: JsonObject): JsonObject {
  const thread = codex.threads.find(({ id }) => id === params['threadId'])
  if (method === 'initialize') return { result: { userAgent: 'codex-tui/0.169.0' } }
  if (method === 'thread/loaded/list') return { result: { data: codex.threads.map(({ id }) => id) } }
  if (method === 'turn/start') {
    if (codex.start === 'hang-up') return {}
    return 'error' in codex.start
      ? { error: { code: -32_600, message: codex.start.error } }
      : { result: { turn: { id: codex.start.turn, status: 'inProgress' } } }
  }
  if (!thread) return { error: { code: -32_600, message: `thread not found: ${String(params['threadId'])}` } }
  if (method === 'thread/turns/list')
    return { result: { data: thread.runs ? [{ id: thread.runs, status: 'inProgress' }] : [] } }
  const { id, parentThreadId = null, activeFlags = [], runs } = thread
  const status = runs ? { type: 'active', activeFlags } : { type: 'idle' }
  return { result: { thread: { id, ephemeral: false, parentThreadId, status } } }
}

/** What a client sent, each message in a frame of its own, and the beginning of the next. */
function unmask(bytes: Buffer): { readonly texts: readonly string[]; readonly rest: Buffer } {
  const texts: string[] = []
  let rest = bytes
  while (rest.length >= 2) {
    const short = (rest[1] ?? 0) & 0x7f
    const head = short === 127 ? 10 : short === 126 ? 4 : 2
    if (rest.length < head) break
    const length =
      short === 127 ? Number(rest.readBigUInt64BE(2)) : short === 126 ? rest.readUInt16BE(2) : short
    if (rest.length < head + 4 + length) break
    const mask = rest.subarray(head, head + 4)
    const body = rest.subarray(head + 4, head + 4 + length)
    if (((rest[0] ?? 0) & 0x0f) === 1)
      texts.push(Buffer.from(body.map((byte, index) => byte ^ (mask[index % 4] ?? 0))).toString())
    rest = rest.subarray(head + 4 + length)
  }
  return { texts, rest }
}

function frame(message: JsonObject): Buffer {
  const body = Buffer.from(JSON.stringify(message))
  const head = body.length < 126 ? [0x81, body.length] : [0x81, 126, body.length >> 8, body.length & 0xff]
  return Buffer.concat([Buffer.from(head), body])
}
