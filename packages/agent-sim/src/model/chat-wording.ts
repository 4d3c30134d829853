import type { Content } from './answer.ts'
import { openAiFailure } from './openai-failure.ts'
import { type Chunk, type Frame, outputTokens, plainEvent, textOfContent, type Wording } from './wording.ts'

export const chatWording: Wording = { whole, stream, failure: openAiFailure }

/** https://platform.openai.com/docs/api-reference/chat */
function whole(content: Content, frame: Frame): unknown {
  const said =
    content.kind === 'tool'
      ? { content: null, tool_calls: callsOf(content, frame) }
      : { content: textOfContent(content) }
  const choice = { index: 0, message: { role: 'assistant', ...said }, finish_reason: reasonOf(content) }
  return { ...headOf(frame), object: 'chat.completion', choices: [choice], usage: usageOf(frame) }
}

/** https://platform.openai.com/docs/api-reference/chat-streaming */
function* stream(content: Content, frame: Frame): Iterable<Chunk> {
  const head = { ...headOf(frame), object: 'chat.completion.chunk' }
  const event = (delta: object, reason: string | null, isPiece: boolean, more: object = {}): Chunk =>
    plainEvent({ ...head, choices: [{ index: 0, delta, finish_reason: reason }], ...more }, isPiece)
  yield event({ role: 'assistant', content: '' }, null, false)
  if (content.kind === 'tool') yield event({ tool_calls: callsOf(content, frame) }, null, true)
  else for (const piece of content.pieces) yield event({ content: piece }, null, true)
  if (content.kind === 'text' && content.isCut) return
  yield event({}, reasonOf(content), false, { usage: usageOf(frame) })
  yield { data: 'data: [DONE]\n\n', isPiece: false }
}

function headOf({ model, newId, nowSeconds }: Frame): object {
  return { id: newId('chatcmpl-'), created: nowSeconds, model }
}

function reasonOf(content: Content): string {
  return content.kind === 'tool' ? 'tool_calls' : 'stop'
}

function callsOf({ call }: Extract<Content, { kind: 'tool' }>, { newId }: Frame): readonly object[] {
  const fn = { name: call.name, arguments: JSON.stringify(call.input) }
  return [{ index: 0, id: newId('call_'), type: 'function', function: fn }]
}

function usageOf({ inputTokens }: Frame): object {
  return {
    prompt_tokens: inputTokens,
    completion_tokens: outputTokens,
    total_tokens: inputTokens + outputTokens,
  }
}
