import type { Content, Part } from './answer.ts'
import type { Failure } from './failure.ts'
import { type Chunk, type Frame, outputTokens, plainEvent, textOf, type Wording } from './wording.ts'

export const geminiWording: Wording = { whole, stream, failure }

/** https://ai.google.dev/api/generate-content */
function whole(content: Content, frame: Frame): unknown {
  return responseOf(
    content.parts.map((part) => partOf(part, frame)),
    true,
    frame,
    frame.newId('r'),
  )
}

/** `streamGenerateContent?alt=sse`: each event is a whole response. */
function* stream(content: Content, frame: Frame): Iterable<Chunk> {
  const id = frame.newId('r')
  const pieces = content.parts.flatMap((part) =>
    part.kind === 'text' ? part.pieces.map((text) => ({ text })) : [partOf(part, frame)],
  )
  for (const [index, piece] of pieces.entries()) {
    const isLast = index === pieces.length - 1 && !content.isCut
    yield plainEvent(responseOf([piece], isLast, frame, id), 'text' in piece)
  }
}

const statuses: Readonly<Record<number, string>> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  429: 'RESOURCE_EXHAUSTED',
  500: 'INTERNAL',
  503: 'UNAVAILABLE',
}

/** What is used up for the day. */
const dailyQuota = {
  '@type': 'type.googleapis.com/google.rpc.QuotaFailure',
  violations: [{ quotaId: 'GenerateRequestsPerDayPerProjectPerModel-FreeTier' }],
}

/** Google's form of a refusal; it knows no status 529. */
function failure({ status, type, message, headers }: Failure): { status: number; body: unknown } {
  const code = status === 529 ? 503 : status
  const retryAfter = headers['retry-after']
  const retry = { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: `${retryAfter}s` }
  const details = [
    ...(retryAfter === undefined ? [] : [retry]),
    ...(type === 'insufficient_quota' ? [dailyQuota] : []),
  ]
  return { status: code, body: { error: { code, message, status: statuses[code] ?? 'UNKNOWN', details } } }
}

function partOf(part: Part, { newId }: Frame): object {
  if (part.kind === 'text') return { text: textOf(part) }
  return { functionCall: { name: part.call.name, args: part.call.input, id: newId('fc') } }
}

function responseOf(parts: readonly object[], isLast: boolean, frame: Frame, id: string): object {
  const { inputTokens, model } = frame
  const candidate = {
    content: { role: 'model', parts },
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
