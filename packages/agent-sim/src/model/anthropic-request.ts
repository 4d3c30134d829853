import { contentTexts, type Fields, listOf, recordsOf, textOf, valueAt } from './fields.ts'
import { enteredTexts, type ModelRequest, type Turn } from './model-request.ts'

/** Reads the body of `POST /v1/messages`. */
export function parseAnthropicRequest(body: Fields): ModelRequest {
  const schema = valueAt(body, 'output_config', 'format', 'schema')
  return {
    api: 'anthropic',
    model: textOf(body['model']),
    isStream: body['stream'] === true,
    tools: recordsOf(body['tools']).map((tool) => textOf(tool['name'])),
    turns: listOf(body, 'messages').flatMap(toTurn),
    ...(schema !== undefined && { answerSchema: schema }),
  }
}

/** Texts beside a tool's result are what was entered meanwhile. */
function toTurn({ role, content }: Fields): readonly Turn[] {
  if (role === 'assistant') return [{ role, texts: [] }]
  return role === 'user' ? [{ role, texts: enteredTexts(contentTexts(content)) }] : []
}
