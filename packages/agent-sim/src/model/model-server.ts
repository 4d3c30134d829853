import type { EventEmitter } from 'node:events'
import { createServer, type Server } from 'node:http'
import { SimError } from '../errors.ts'
import { isRecord } from '../json.ts'
import { Desk, type ModelServerEvents } from './desk.ts'
import { isAuxiliaryRequest, type ModelRequest } from './model-request.ts'
import type { ModelRequestRecord } from './request-record.ts'
import { type WaitForRequestOptions, waitForRequest } from './wait-for-request.ts'

/** Where a model server listens, how much it takes and keeps. */
export interface OpenModelServerOptions {
  /** On 127.0.0.1. @defaultValue any that is free */
  readonly port?: number
  /** Ends the server when aborted. */
  readonly signal?: AbortSignal
  /** The largest body that is taken, packed or not. @defaultValue 32 Mi */
  readonly bodyBytesMax?: number
  /** Requests that the log keeps. @defaultValue 2000 */
  readonly logEntriesMax?: number
  /** Bytes of texts that the log keeps. @defaultValue 64 Mi */
  readonly logBytesMax?: number
  /** Which requests are none for a turn of the conversation. @defaultValue those without tools, or with a schema for the answer */
  readonly isAuxiliary?: (request: ModelRequest) => boolean
}

/** A model of no mind on 127.0.0.1: it does what the user's message says. */
export interface ModelServer extends AsyncDisposable {
  /** `http://127.0.0.1:<port>`, for ANTHROPIC_BASE_URL and its like; OpenAI's clients want `/v1` behind it. */
  readonly url: string
  readonly port: number
  readonly events: EventEmitter<ModelServerEvents>
  /** The latest requests for turns, oldest first, with what became of each. */
  requests(): readonly ModelRequestRecord[]
  /**
   * The first request in the log, or to come, of which this is so.
   *
   * @throws SimError `NO_SUCH_REQUEST` when none comes in time
   */
  waitForRequest(
    isIt: (record: ModelRequestRecord) => boolean,
    options?: WaitForRequestOptions,
  ): Promise<ModelRequestRecord>
  /** Empties the log and forgets which steps have failed how often. */
  forget(): void
  /** Ends every connection, those that hang too. */
  close(): Promise<void>
}

const defaults = {
  port: 0,
  bodyBytesMax: 32 * 1024 * 1024,
  logEntriesMax: 2_000,
  logBytesMax: 64 * 1024 * 1024,
  isAuxiliary: isAuxiliaryRequest,
} satisfies OpenModelServerOptions

/**
 * Starts a model server. Every `<<step>>` in a user's message is one turn of the model.
 *
 * @throws SimError `PORT_REFUSED`
 */
export async function openModelServer(options: OpenModelServerOptions = {}): Promise<ModelServer> {
  options.signal?.throwIfAborted()
  const desk = new Desk({ ...defaults, ...options })
  const server = createServer((request, response) => void desk.serve(request, response))
  const port = await listen(server, options.port ?? defaults.port)
  let closing: Promise<void> | undefined
  const close = (): Promise<void> => {
    closing ??= end(server, desk)
    return closing
  }
  const onAbort = (): void => void close()
  options.signal?.addEventListener('abort', onAbort, { once: true })
  server.once('close', () => options.signal?.removeEventListener('abort', onAbort))
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    events: desk.events,
    requests: () => desk.log.list(),
    waitForRequest: (isIt, wait) => waitForRequest(desk, isIt, wait),
    forget: () => desk.forget(),
    close,
    [Symbol.asyncDispose]: close,
  }
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) => {
      const hint = 'Choose another port, or none for any that is free.'
      reject(
        new SimError('PORT_REFUSED', `cannot listen on 127.0.0.1:${port}: ${cause.message}`, {
          cause,
          hint,
          details: { port },
        }),
      )
    })
    server.listen({ host: '127.0.0.1', port }, () => {
      const address = server.address()
      resolve(isRecord(address) && typeof address['port'] === 'number' ? address['port'] : port)
    })
  })
}

function end(server: Server, desk: Desk): Promise<void> {
  return new Promise((resolve) => {
    desk.ended.abort()
    server.close(() => resolve())
    server.closeAllConnections()
  })
}
