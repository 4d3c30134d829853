import { contentTexts, type Fields, listOf, recordsOf, textOf, valueAt } from './fields.ts'
import { enteredTexts, type ModelRequest, type Turn } from './model-request.ts'

/** Reads the body of `POST /v1/responses`. */
export function parseResponsesRequest(body: Fields): ModelRequest {
  const schema = valueAt(body, 'text', 'format', 'schema')
  const { input } = body
  return {
    api: 'responses',
    model: textOf(body['model']),
    isStream: body['stream'] === true,
    tools: recordsOf(body['tools']).flatMap(namesOf),
    turns:
      typeof input === 'string'
        ? [{ role: 'user', texts: enteredTexts([input]) }]
        : listOf(body, 'input').flatMap(toTurn),
    ...(schema !== undefined && { answerSchema: schema }),
  }
}

/** The tools of a namespace are named `NAMESPACE/NAME`. */
function namesOf(tool: Fields): readonly string[] {
  const name = textOf(tool['name']) || textOf(tool['type'])
  if (tool['type'] !== 'namespace') return [name]
  return recordsOf(tool['tools']).map((inner) => `${name}/${textOf(inner['name'])}`)
}

const calls = /^(function|custom_tool|local_shell|tool_search|web_search)_call$/

/** A call of a tool is a turn of the model, and its result is nothing that was entered. */
function toTurn({ type, role, content }: Fields): readonly Turn[] {
  if (calls.test(textOf(type)) || role === 'assistant') return [{ role: 'assistant', texts: [] }]
  return role === 'user' ? [{ role, texts: enteredTexts(contentTexts(content)) }] : []
}
