import type { Content, Part } from './answer.ts'
import { openAiFailure } from './openai-failure.ts'
import {
  type Chunk,
  type Frame,
  jsonPieces,
  namedEvent,
  outputTokens,
  textOf,
  type Wording,
} from './wording.ts'

export const responsesWording: Wording = { whole, stream, failure: openAiFailure }

/** https://platform.openai.com/docs/api-reference/responses */
function whole(content: Content, frame: Frame): unknown {
  const items = content.parts.map((part) => itemOf(part, frame))
  return completed(responseOf(frame), items, frame)
}

/** https://platform.openai.com/docs/api-reference/responses-streaming */
function* stream(content: Content, frame: Frame): Iterable<Chunk> {
  let sequence = 0
  const event = (type: string, fields: object, isPiece: boolean = false): Chunk =>
    namedEvent(type, { sequence_number: sequence++, ...fields }, isPiece)
  const response = responseOf(frame)
  const items: object[] = []
  yield event('response.created', { response })
  for (const [index, part] of content.parts.entries()) {
    const item = itemOf(part, frame)
    const at = { item_id: item.id, output_index: index }
    yield event('response.output_item.added', { output_index: index, item: { ...item, ...unfilled(part) } })
    if (part.kind === 'tool') yield* callEvents(part.call.input, at, event)
    else yield* textEvents(part.pieces, content.isCut, at, event)
    if (content.isCut) return
    yield event('response.output_item.done', { output_index: index, item })
    items.push(item)
  }
  yield event('response.completed', { response: completed(response, items, frame) })
}

type MakeEvent = (type: string, fields: object, isPiece?: boolean) => Chunk

function* callEvents(input: object, at: object, event: MakeEvent): Iterable<Chunk> {
  const type = 'response.function_call_arguments'
  for (const delta of jsonPieces(input)) yield event(`${type}.delta`, { ...at, delta })
  yield event(`${type}.done`, { ...at, arguments: JSON.stringify(input) })
}

function* textEvents(
  pieces: readonly string[],
  isCut: boolean,
  at: object,
  event: MakeEvent,
): Iterable<Chunk> {
  const where = { ...at, content_index: 0 }
  yield event('response.content_part.added', { ...where, part: partOf('') })
  for (const delta of pieces) yield event('response.output_text.delta', { ...where, delta }, true)
  if (isCut) return
  const text = pieces.join('')
  yield event('response.output_text.done', { ...where, text })
  yield event('response.content_part.done', { ...where, part: partOf(text) })
}

function responseOf({ model, newId, nowSeconds }: Frame): object {
  const base = { id: newId('resp_'), object: 'response', created_at: nowSeconds }
  return { ...base, status: 'in_progress', model, output: [] }
}

function completed(response: object, items: readonly object[], { inputTokens }: Frame): object {
  const usage = {
    input_tokens: inputTokens,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens: outputTokens,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: inputTokens + outputTokens,
  }
  return { ...response, status: 'completed', output: items, usage }
}

function itemOf(part: Part, { newId }: Frame): { readonly id: string } {
  const base = { id: newId(part.kind === 'tool' ? 'fc_' : 'msg_'), status: 'completed' }
  if (part.kind === 'text') {
    const message = { type: 'message', role: 'assistant', content: [partOf(textOf(part))] }
    return { ...base, ...message }
  }
  const { name, input } = part.call
  const [inner = '', space] = name.split('/').toReversed()
  const named = space === undefined ? { name } : { name: inner, namespace: space }
  const call = { type: 'function_call', call_id: newId('call_'), ...named, arguments: JSON.stringify(input) }
  return { ...base, ...call }
}

function unfilled(part: Part): object {
  return { status: 'in_progress', ...(part.kind === 'tool' ? { arguments: '' } : { content: [] }) }
}

function partOf(text: string): object {
  return { type: 'output_text', text, annotations: [] }
}
