import type { Failure } from './failure.ts'

/** OpenAI's form of a refusal; it knows no status 529. */
export function openAiFailure({ status, type, message, fields }: Failure): {
  readonly status: number
  readonly body: unknown
} {
  const body = { error: { message, type, code: type, param: null, ...fields } }
  return { status: status === 529 ? 503 : status, body }
}
