import { contentTexts, type Fields, listOf, recordsOf, textOf, valueAt } from './fields.ts'
import { enteredTexts, type ModelRequest, type Turn } from './model-request.ts'

/** Reads the body of `POST /v1beta/models/<model>:generateContent` and `:streamGenerateContent`. */
export function parseGeminiRequest(body: Fields, path: string): ModelRequest {
  const config = body['generationConfig']
  const schema = valueAt(config, 'responseJsonSchema') ?? valueAt(config, 'responseSchema')
  return {
    api: 'gemini',
    model: /models\/([^:/]+):/.exec(path)?.[1] ?? '',
    isStream: path.endsWith(':streamGenerateContent'),
    tools: recordsOf(body['tools'])
      .flatMap((tool) => recordsOf(tool['functionDeclarations']))
      .map((tool) => textOf(tool['name'])),
    turns: listOf(body, 'contents').map(toTurn),
    ...(schema !== undefined && { answerSchema: schema }),
  }
}

function toTurn({ role, parts }: Fields): Turn {
  return role === 'model'
    ? { role: 'assistant', texts: [] }
    : { role: 'user', texts: enteredTexts(contentTexts(parts)) }
}
