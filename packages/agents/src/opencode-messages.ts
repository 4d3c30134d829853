import type { ErrorKind, Finding } from './activity.ts'
import type { Usage } from './adapter.ts'
import { errorOfStatus, errorOfText } from './error-kind.ts'
import { isObject, type JsonObject } from './json.ts'

/** One message of a conversation, as the server lists it. */
export interface OpencodeMessage {
  readonly info: JsonObject
  readonly text: string
}

export function parseMessages(value: unknown): readonly OpencodeMessage[] | undefined {
  if (!Array.isArray(value)) return undefined
  return value.flatMap((entry) => {
    if (!isObject(entry) || !isObject(entry['info'])) return []
    const parts = Array.isArray(entry['parts']) ? entry['parts'] : []
    const text = parts
      .map((part) => (isObject(part) && part['type'] === 'text' ? String(part['text']) : ''))
      .join('\n')
    return [{ info: entry['info'], text }]
  })
}

export function isFromUser({ info }: OpencodeMessage): boolean {
  return info['role'] === 'user'
}

/** How the last answer ended, and when. One without an end is still being written, or was never finished. */
export function endOf(messages: readonly OpencodeMessage[]): (Finding & { readonly at: number }) | undefined {
  const info = messages.at(-1)?.info
  if (info?.['role'] !== 'assistant') return undefined
  const time = isObject(info['time']) ? info['time'] : {}
  const { completed, created } = time
  const at = typeof completed === 'number' ? completed : Number(created ?? 0)
  const { error } = info
  if (!isObject(error) && typeof completed !== 'number') return undefined
  if (!isObject(error) || error['name'] === 'MessageAbortedError') return { state: 'idle', at }
  const details = isObject(error['data']) ? error['data'] : {}
  const detail =
    typeof details['message'] === 'string' ? details['message'].slice(0, 200) : String(error['name'])
  return { state: 'error', error: kindOf(error['name'], details, detail), detail, at }
}

function kindOf(name: unknown, details: JsonObject, text: string): ErrorKind {
  if (name === 'ProviderAuthError') return 'authentication'
  if (name === 'ContextOverflowError' || name === 'MessageOutputLengthError') return 'context-full'
  const read = errorOfText(text)
  if (read === 'credit' || read === 'context-full') return read
  const { statusCode } = details
  return typeof statusCode === 'number' ? errorOfStatus(statusCode) : read
}

/** What a session and its messages tell of tokens and money. */
export function opencodeUsage(session: unknown, messages: readonly OpencodeMessage[]): Usage | undefined {
  if (!isObject(session)) return undefined
  const total = tokensOf(session['tokens'])
  const last = messages.findLast(
    ({ info }) => info['role'] === 'assistant' && tokensOf(info['tokens']).all > 0,
  )
  const { cost } = session
  const model = last?.info['modelID']
  return {
    inputTokens: total.input,
    outputTokens: total.output,
    cachedInputTokens: total.cached,
    ...(typeof cost === 'number' && { costUsd: cost }),
    ...(last && { contextTokens: tokensOf(last.info['tokens']).all }),
    turns: messages.filter(isFromUser).length,
    ...(typeof model === 'string' && { model }),
  }
}

function tokensOf(value: unknown): {
  readonly input: number
  readonly output: number
  readonly cached: number
  readonly all: number
} {
  const of = (from: unknown, key: string): number => {
    const count = isObject(from) ? from[key] : undefined
    return typeof count === 'number' ? count : 0
  }
  const input = of(value, 'input')
  const output = of(value, 'output') + of(value, 'reasoning')
  const cached = of(isObject(value) ? value['cache'] : undefined, 'read')
  return { input, output, cached, all: input + output + cached }
}
