import { contentTexts, type Fields, listOf, recordsOf, textOf, valueAt } from './fields.ts'
import { handedOnTexts } from './handed-on.ts'
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

/** Texts beside a tool's result are what was entered meanwhile; so are some of the system's. */
function toTurn({ role, content }: Fields): readonly Turn[] {
  if (role === 'assistant') return [{ role, texts: [] }]
  if (role === 'system') return [{ role: 'user', texts: contentTexts(content).flatMap(handedOnTexts) }]
  return role === 'user' ? [{ role, texts: enteredTexts(contentTexts(content)) }] : []
}
