import type { Content } from './answer.ts'
import type { Failure } from './failure.ts'
import {
  type Chunk,
  type Frame,
  jsonPieces,
  namedEvent,
  outputTokens,
  textOfContent,
  type Wording,
} from './wording.ts'

export const anthropicWording: Wording = { whole, stream, failure }

/** https://docs.anthropic.com/en/api/messages */
function whole(content: Content, frame: Frame): unknown {
  const usage = { ...usageOf(frame), output_tokens: outputTokens }
  return {
    ...messageOf(frame),
    content: [blockOf(content, frame)],
    stop_reason: stopReason(content),
    usage,
  }
}

/** https://docs.anthropic.com/en/api/messages-streaming */
function* stream(content: Content, frame: Frame): Iterable<Chunk> {
  yield namedEvent('message_start', { message: { ...messageOf(frame), content: [], usage: usageOf(frame) } })
  const block = blockOf(content, frame)
  const empty = content.kind === 'text' ? { ...block, text: '' } : { ...block, input: {} }
  yield namedEvent('content_block_start', { index: 0, content_block: empty })
  for (const delta of deltasOf(content)) yield namedEvent('content_block_delta', { index: 0, delta }, true)
  if (content.kind === 'text' && content.isCut) return
  yield namedEvent('content_block_stop', { index: 0 })
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
  return content.kind === 'tool' ? 'tool_use' : 'end_turn'
}

function blockOf(content: Content, { newId }: Frame): object {
  if (content.kind === 'text') return { type: 'text', text: textOfContent(content) }
  return { type: 'tool_use', id: newId('toolu_'), name: content.call.name, input: content.call.input }
}

function deltasOf(content: Content): readonly object[] {
  return content.kind === 'text'
    ? content.pieces.map((text) => ({ type: 'text_delta', text }))
    : jsonPieces(content.call.input).map((json) => ({ type: 'input_json_delta', partial_json: json }))
}
