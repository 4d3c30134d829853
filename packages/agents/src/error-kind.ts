import type { ErrorKind } from './activity.ts'

export const errorKinds: readonly ErrorKind[] = [
  'overloaded',
  'authentication',
  'credit',
  'context-full',
  'rate-limit',
  'server',
  'invalid-request',
  'network',
  'unknown',
]

/** What an HTTP status of a model's API means. */
export function errorOfStatus(status: number): ErrorKind {
  if (status === 401 || status === 403) return 'authentication'
  if (status === 402) return 'credit'
  if (status === 413) return 'context-full'
  if (status === 429) return 'rate-limit'
  if (status === 503 || status === 529) return 'overloaded'
  if (status >= 500) return 'server'
  return status >= 400 ? 'invalid-request' : 'unknown'
}

/** The first form that fits decides, so what is said of money stands before what is said of requests. */
const forms: readonly (readonly [RegExp, ErrorKind])[] = [
  [
    /credit balance|quota exceeded|exceeded your current quota|insufficient[_ ]quota|billing|payment required|out of credits/i,
    'credit',
  ],
  [
    /prompt is too long|context (window|length|limit)|maximum context|too many tokens|token limit/i,
    'context-full',
  ],
  [/overloaded|high demand|server is busy|\b529\b|at capacity|unavailable/i, 'overloaded'],
  [
    /invalid (x-)?api[- ]key|x-api-key|unauthenticated|unauthorized|authentication|forbidden|log ?in|\b40[13]\b/i,
    'authentication',
  ],
  [/rate[ _-]?limit|too many requests|usage limit|resource[_ ]exhausted|\b429\b/i, 'rate-limit'],
  [/disconnected|network|connection|econn|enotfound|etimedout|fetch failed|socket|timed? ?out/i, 'network'],
  [/internal (server )?error|\b5\d\d\b/i, 'server'],
  [/invalid[_ ]request|bad request|\b4\d\d\b/i, 'invalid-request'],
]

/** What the text of an error that a program itself reports as one means. Never ask it about what an agent wrote. */
export function errorOfText(text: string): ErrorKind {
  return forms.find(([form]) => form.test(text))?.[1] ?? 'unknown'
}
