import { parseAnthropicRequest } from './anthropic-request.ts'
import { anthropicWording } from './anthropic-wording.ts'
import { parseChatRequest } from './chat-request.ts'
import { chatWording } from './chat-wording.ts'
import type { Fields } from './fields.ts'
import { parseGeminiRequest } from './gemini-request.ts'
import { geminiWording } from './gemini-wording.ts'
import type { ModelRequest } from './model-request.ts'
import { parseResponsesRequest } from './responses-request.ts'
import { responsesWording } from './responses-wording.ts'
import type { Wording } from './wording.ts'

/** What a path leads to. */
export type Route =
  | {
      readonly kind: 'turn'
      readonly parse: (body: Fields, path: string) => ModelRequest
      readonly wording: Wording
    }
  | { readonly kind: 'count'; readonly answer: (tokens: number) => unknown }
  | { readonly kind: 'page'; readonly body: unknown }
  | { readonly kind: 'none' }

const turns: readonly (readonly [RegExp, Extract<Route, { kind: 'turn' }>])[] = [
  [/\/messages$/, { kind: 'turn', parse: parseAnthropicRequest, wording: anthropicWording }],
  [/\/responses$/, { kind: 'turn', parse: parseResponsesRequest, wording: responsesWording }],
  [/\/chat\/completions$/, { kind: 'turn', parse: parseChatRequest, wording: chatWording }],
  [/:(?:g|streamG)enerateContent$/, { kind: 'turn', parse: parseGeminiRequest, wording: geminiWording }],
]

/** Programs also ask for the list of models, and whether anybody is there at all. */
export function routeOf(method: string, path: string): Route {
  if (method === 'GET' || method === 'HEAD')
    return { kind: 'page', body: path.endsWith('/models') ? models : {} }
  if (method !== 'POST') return { kind: 'none' }
  if (path.endsWith('/messages/count_tokens'))
    return { kind: 'count', answer: (tokens) => ({ input_tokens: tokens }) }
  if (path.endsWith(':countTokens')) return { kind: 'count', answer: (tokens) => ({ totalTokens: tokens }) }
  return turns.find(([form]) => form.test(path))?.[1] ?? { kind: 'none' }
}

const models = {
  object: 'list',
  data: [{ id: 'simulated', object: 'model', type: 'model', display_name: 'Simulated' }],
  has_more: false,
  models: [],
}

/** The wording of an API by its path alone, for what cannot be parsed. */
export function wordingOf(route: Route): Wording {
  return route.kind === 'turn' ? route.wording : anthropicWording
}
