import type { Content } from './answer.ts'
import type { Failure } from './failure.ts'
import { type Chunk, type Frame, outputTokens, plainEvent, textOfContent, type Wording } from './wording.ts'

export const geminiWording: Wording = { whole, stream, failure }

/** https://ai.google.dev/api/generate-content */
function whole(content: Content, frame: Frame): unknown {
  return responseOf(partOf(content, frame), true, frame, frame.newId('r'))
}

/** `streamGenerateContent?alt=sse`: each event is a whole response. */
function* stream(content: Content, frame: Frame): Iterable<Chunk> {
  const id = frame.newId('r')
  if (content.kind === 'tool') {
    yield plainEvent(responseOf(partOf(content, frame), true, frame, id), true)
    return
  }
  const last = content.isCut ? -1 : content.pieces.length - 1
  for (const [index, text] of content.pieces.entries())
    yield plainEvent(responseOf({ text }, index === last, frame, id), true)
}

const statuses: Readonly<Record<number, string>> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  429: 'RESOURCE_EXHAUSTED',
  500: 'INTERNAL',
  503: 'UNAVAILABLE',
}

/** Google's form of a refusal; it knows no status 529. */
function failure({ status, message, headers }: Failure): { status: number; body: unknown } {
  const code = status === 529 ? 503 : status
  const retryAfter = headers['retry-after']
  const retry = { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: `${retryAfter}s` }
  const details = retryAfter === undefined ? [] : [retry]
  return { status: code, body: { error: { code, message, status: statuses[code] ?? 'UNKNOWN', details } } }
}

function partOf(content: Content, { newId }: Frame): object {
  if (content.kind === 'text') return { text: textOfContent(content) }
  return { functionCall: { name: content.call.name, args: content.call.input, id: newId('fc') } }
}

function responseOf(part: object, isLast: boolean, frame: Frame, id: string): object {
  const { inputTokens, model } = frame
  const candidate = {
    content: { role: 'model', parts: [part] },
    index: 0,
    ...(isLast && { finishReason: 'STOP' }),
  }
  return {
    candidates: [candidate],
    usageMetadata: {
      promptTokenCount: inputTokens,
      candidatesTokenCount: outputTokens,
      totalTokenCount: inputTokens + outputTokens,
    },
    modelVersion: model,
    responseId: id,
  }
}
