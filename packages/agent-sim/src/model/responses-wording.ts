import type { Content } from './answer.ts'
import { openAiFailure } from './openai-failure.ts'
import {
  type Chunk,
  type Frame,
  jsonPieces,
  namedEvent,
  outputTokens,
  textOfContent,
  type Wording,
} from './wording.ts'

export const responsesWording: Wording = { whole, stream, failure: openAiFailure }

/** https://platform.openai.com/docs/api-reference/responses */
function whole(content: Content, frame: Frame): unknown {
  return completed(responseOf(frame), itemOf(content, frame), frame)
}

/** https://platform.openai.com/docs/api-reference/responses-streaming */
function* stream(content: Content, frame: Frame): Iterable<Chunk> {
  let sequence = 0
  const event = (type: string, fields: object, isPiece: boolean = false): Chunk =>
    namedEvent(type, { sequence_number: sequence++, ...fields }, isPiece)
  const response = responseOf(frame)
  const item = itemOf(content, frame)
  yield event('response.created', { response })
  yield event('response.output_item.added', { output_index: 0, item: { ...item, ...unfilled(content) } })
  const at = { item_id: item.id, output_index: 0 }
  if (content.kind === 'tool') yield* callEvents(content.call.input, at, event)
  else yield* textEvents(content, at, event)
  if (content.kind === 'text' && content.isCut) return
  yield event('response.output_item.done', { output_index: 0, item })
  yield event('response.completed', { response: completed(response, item, frame) })
}

type MakeEvent = (type: string, fields: object, isPiece?: boolean) => Chunk

function* callEvents(input: object, at: object, event: MakeEvent): Iterable<Chunk> {
  const type = 'response.function_call_arguments'
  for (const delta of jsonPieces(input)) yield event(`${type}.delta`, { ...at, delta }, true)
  yield event(`${type}.done`, { ...at, arguments: JSON.stringify(input) })
}

function* textEvents(
  content: Extract<Content, { kind: 'text' }>,
  at: object,
  event: MakeEvent,
): Iterable<Chunk> {
  const where = { ...at, content_index: 0 }
  yield event('response.content_part.added', { ...where, part: partOf('') })
  for (const delta of content.pieces) yield event('response.output_text.delta', { ...where, delta }, true)
  if (content.isCut) return
  const text = textOfContent(content)
  yield event('response.output_text.done', { ...where, text })
  yield event('response.content_part.done', { ...where, part: partOf(text) })
}

function responseOf({ model, newId, nowSeconds }: Frame): object {
  const base = { id: newId('resp_'), object: 'response', created_at: nowSeconds }
  return { ...base, status: 'in_progress', model, output: [] }
}

function completed(response: object, item: object, { inputTokens }: Frame): object {
  const usage = {
    input_tokens: inputTokens,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens: outputTokens,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: inputTokens + outputTokens,
  }
  return { ...response, status: 'completed', output: [item], usage }
}

function itemOf(content: Content, { newId }: Frame): { readonly id: string } {
  const base = { id: newId(content.kind === 'tool' ? 'fc_' : 'msg_'), status: 'completed' }
  if (content.kind === 'text')
    return { ...base, ...{ type: 'message', role: 'assistant', content: [partOf(textOfContent(content))] } }
  const { name, input } = content.call
  const call = { type: 'function_call', call_id: newId('call_'), name, arguments: JSON.stringify(input) }
  return { ...base, ...call }
}

function unfilled(content: Content): object {
  return { status: 'in_progress', ...(content.kind === 'tool' ? { arguments: '' } : { content: [] }) }
}

function partOf(text: string): object {
  return { type: 'output_text', text, annotations: [] }
}
