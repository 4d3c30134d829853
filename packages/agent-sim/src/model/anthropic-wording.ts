import type { Content, Part } from './answer.ts'
import type { Failure } from './failure.ts'
import {
  type Chunk,
  callsAmong,
  type Frame,
  jsonPieces,
  namedEvent,
  outputTokens,
  textOf,
  type Wording,
} from './wording.ts'

export const anthropicWording: Wording = { whole, stream, failure }

/** https://docs.anthropic.com/en/api/messages */
function whole(content: Content, frame: Frame): unknown {
  const usage = { ...usageOf(frame), output_tokens: outputTokens }
  return {
    ...messageOf(frame),
    content: content.parts.map((part) => blockOf(part, frame)),
    stop_reason: stopReason(content),
    usage,
  }
}

/** https://docs.anthropic.com/en/api/messages-streaming */
function* stream(content: Content, frame: Frame): Iterable<Chunk> {
  yield namedEvent('message_start', { message: { ...messageOf(frame), content: [], usage: usageOf(frame) } })
  for (const [index, part] of content.parts.entries()) {
    const block = blockOf(part, frame)
    const empty = part.kind === 'text' ? { ...block, text: '' } : { ...block, input: {} }
    yield namedEvent('content_block_start', { index, content_block: empty })
    for (const delta of deltasOf(part))
      yield namedEvent('content_block_delta', { index, delta }, part.kind === 'text')
    if (content.isCut) return
    yield namedEvent('content_block_stop', { index })
  }
  const delta = { stop_reason: stopReason(content), stop_sequence: null }
  yield namedEvent('message_delta', { delta, usage: { output_tokens: outputTokens } })
  yield namedEvent('message_stop', {})
}

function failure({ status, type, message }: Failure, { newId }: Frame): { status: number; body: unknown } {
  return { status, body: { type: 'error', error: { type, message }, request_id: newId('req_') } }
}

function messageOf({ model, newId }: Frame): object {
  return {
    id: newId('msg_'),
    type: 'message',
    role: 'assistant',
    model,
    stop_reason: null,
    stop_sequence: null,
  }
}

function usageOf({ inputTokens }: Frame): object {
  return {
    input_tokens: inputTokens,
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: 0,
    output_tokens: 1,
  }
}

function stopReason(content: Content): string {
  return callsAmong(content).length > 0 ? 'tool_use' : 'end_turn'
}

function blockOf(part: Part, { newId }: Frame): object {
  if (part.kind === 'text') return { type: 'text', text: textOf(part) }
  return { type: 'tool_use', id: newId('toolu_'), name: part.call.name, input: part.call.input }
}

function deltasOf(part: Part): readonly object[] {
  return part.kind === 'text'
    ? part.pieces.map((text) => ({ type: 'text_delta', text }))
    : jsonPieces(part.call.input).map((json) => ({ type: 'input_json_delta', partial_json: json }))
}
