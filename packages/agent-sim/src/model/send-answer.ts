import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Answer, Content } from './answer.ts'
import type { RequestOutcome } from './request-record.ts'
import type { Frame, Wording } from './wording.ts'

interface SendOptions {
  readonly wording: Wording
  readonly frame: Frame
  readonly isStream: boolean
  /** Aborted when the client or the server goes. */
  readonly signal: AbortSignal
}

/** Sends an answer in an API's words, and says what became of it. */
export async function sendAnswer(
  response: ServerResponse,
  answer: Answer,
  options: SendOptions,
): Promise<RequestOutcome> {
  const { wording, frame } = options
  switch (answer.kind) {
    case 'failure': {
      const { status, body } = wording.failure(answer.failure, frame)
      return sendJson(response, status, body, {
        ...answer.failure.headers,
        'request-id': frame.newId('req_'),
      })
    }
    case 'raw':
      return sendJson(response, answer.status, answer.body)
    case 'silence':
      return waitForEnd(options.signal)
    default:
      return options.isStream ? sendStream(response, answer, options) : sendWhole(response, answer, options)
  }
}

export function sendJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): RequestOutcome {
  if (response.destroyed) return { kind: 'left' }
  response.writeHead(status, { 'content-type': 'application/json', ...headers })
  response.end(JSON.stringify(body))
  return { kind: 'answered', status }
}

async function sendWhole(
  response: ServerResponse,
  content: Content,
  { wording, frame, signal }: SendOptions,
): Promise<RequestOutcome> {
  if (content.isCut) return drop(response)
  const pieces = content.parts.flatMap((part) => (part.kind === 'text' ? part.pieces : []))
  const waitMs = content.paceMs * pieces.length
  if (!(await pause(waitMs, signal))) return { kind: 'left' }
  return sendJson(response, 200, wording.whole(content, frame), { 'request-id': frame.newId('req_') })
}

async function sendStream(
  response: ServerResponse,
  content: Content,
  { wording, frame, signal }: SendOptions,
): Promise<RequestOutcome> {
  response.writeHead(200, {
    'content-type': 'text/event-stream',
    'cache-control': 'no-cache',
    'request-id': frame.newId('req_'),
  })
  for (const { data, isPiece } of wording.stream(content, frame)) {
    if (isPiece && !(await pause(content.paceMs, signal))) return { kind: 'left' }
    if (!(await write(response, data, signal))) return { kind: 'left' }
  }
  if (content.isCut) return drop(response)
  response.end()
  return { kind: 'answered', status: 200 }
}

function drop(response: ServerResponse): RequestOutcome {
  response.destroy()
  return { kind: 'dropped' }
}

async function waitForEnd(signal: AbortSignal): Promise<RequestOutcome> {
  if (!signal.aborted) await once(signal, 'abort')
  return { kind: 'left' }
}

/** Whether the client is still there afterwards. */
async function pause(ms: number, signal: AbortSignal): Promise<boolean> {
  return ms === 0 ? !signal.aborted : goesOn(() => sleep(ms, undefined, { signal }), signal)
}

async function write(response: ServerResponse, data: string, signal: AbortSignal): Promise<boolean> {
  if (signal.aborted) return false
  return response.write(data) || goesOn(() => once(response, 'drain', { signal }), signal)
}

async function goesOn(wait: () => Promise<unknown>, signal: AbortSignal): Promise<boolean> {
  try {
    await wait()
    return true
  } catch (error) {
    if (signal.aborted) return false
    throw error
  }
}
