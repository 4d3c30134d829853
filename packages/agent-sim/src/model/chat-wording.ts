import type { Content } from './answer.ts'
import { openAiFailure } from './openai-failure.ts'
import {
  type Chunk,
  callsAmong,
  type Frame,
  outputTokens,
  plainEvent,
  textOf,
  type Wording,
} from './wording.ts'

export const chatWording: Wording = { whole, stream, failure: openAiFailure }

/** https://platform.openai.com/docs/api-reference/chat */
function whole(content: Content, frame: Frame): unknown {
  const calls = callsOf(content, frame)
  const text = content.parts.map(textOf).join('')
  const said = {
    content: text === '' && calls.length > 0 ? null : text,
    ...(calls.length > 0 && { tool_calls: calls }),
  }
  const choice = { index: 0, message: { role: 'assistant', ...said }, finish_reason: reasonOf(content) }
  return { ...headOf(frame), object: 'chat.completion', choices: [choice], usage: usageOf(frame) }
}

/** https://platform.openai.com/docs/api-reference/chat-streaming */
function* stream(content: Content, frame: Frame): Iterable<Chunk> {
  const head = { ...headOf(frame), object: 'chat.completion.chunk' }
  const event = (delta: object, reason: string | null, isPiece: boolean, more: object = {}): Chunk =>
    plainEvent({ ...head, choices: [{ index: 0, delta, finish_reason: reason }], ...more }, isPiece)
  yield event({ role: 'assistant', content: '' }, null, false)
  for (const part of content.parts)
    if (part.kind === 'text') for (const piece of part.pieces) yield event({ content: piece }, null, true)
  if (content.isCut) return
  const calls = callsOf(content, frame)
  if (calls.length > 0) yield event({ tool_calls: calls }, null, false)
  yield event({}, reasonOf(content), false, { usage: usageOf(frame) })
  yield { data: 'data: [DONE]\n\n', isPiece: false }
}

function headOf({ model, newId, nowSeconds }: Frame): object {
  return { id: newId('chatcmpl-'), created: nowSeconds, model }
}

function reasonOf(content: Content): string {
  return callsAmong(content).length > 0 ? 'tool_calls' : 'stop'
}

function callsOf(content: Content, { newId }: Frame): readonly object[] {
  return callsAmong(content).map(({ name, input }, index) => {
    const fn = { name, arguments: JSON.stringify(input) }
    return { index, id: newId('call_'), type: 'function', function: fn }
  })
}

function usageOf({ inputTokens }: Frame): object {
  return {
    prompt_tokens: inputTokens,
    completion_tokens: outputTokens,
    total_tokens: inputTokens + outputTokens,
  }
}
