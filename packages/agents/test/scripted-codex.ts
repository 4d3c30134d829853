import { createServer } from 'node:http'
import { WebSocketServer } from 'ws'
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
  const started: JsonObject[] = []
  const server = createServer()
  const sockets = new WebSocketServer({ server })
  const codex: ScriptedCodex = {
    threads: [],
    start: { turn: 'turn-1' },
    started,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets.clients) socket.terminate()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  sockets.on('connection', (socket) => {
    socket.on('message', (data) => {
      const { id, method, params } = parseObject(String(data)) ?? {}
      if (id === undefined) return
      if (method === 'turn/start' && isObject(params)) started.push(params)
      if (method === 'turn/start' && codex.start === 'hang-up') return socket.terminate()
      // what it tells unasked stands between what it is asked
      socket.send(JSON.stringify({ method: 'configWarning', params: { summary: 'x'.repeat(300) } }))
      socket.send(JSON.stringify({ id, ...answer(codex, String(method), isObject(params) ? params : {}) }))
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
