import { contentTexts, type Fields, listOf, recordsOf, textOf, valueAt } from './fields.ts'
import { enteredTexts, type ModelRequest, type Turn } from './model-request.ts'

/** Reads the body of `POST /v1/chat/completions`. */
export function parseChatRequest(body: Fields): ModelRequest {
  const schema = valueAt(body, 'response_format', 'json_schema', 'schema')
  return {
    api: 'chat',
    model: textOf(body['model']),
    isStream: body['stream'] === true,
    tools: recordsOf(body['tools']).map((tool) => textOf(valueAt(tool, 'function', 'name'))),
    turns: listOf(body, 'messages').flatMap(toTurn),
    ...(schema !== undefined && { answerSchema: schema }),
  }
}

function toTurn({ role, content }: Fields): readonly Turn[] {
  if (role === 'assistant') return [{ role, texts: [] }]
  return role === 'user' ? [{ role, texts: enteredTexts(contentTexts(content)) }] : []
}
