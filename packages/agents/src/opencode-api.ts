import { isObject, type JsonObject } from './json.ts'

/** Where an agent's own server listens, and the password that only it and we know. */
export interface OpencodePlace {
  readonly port: number
  readonly password: string
}

/**
 * What a request gave. `absent`: nobody listens. `refused`: the server said no. `failed`: it may or may not have been
 * taken.
 */
export type Answer =
  | { readonly status: 'answered'; readonly value: unknown }
  | { readonly status: 'absent' }
  | { readonly status: 'refused'; readonly code: number }
  | { readonly status: 'failed'; readonly detail: string }

const timeoutMs = 5_000

export const opencodeUser = 'opencode'

/** One request to the server of an agent, on loopback. */
export async function askOpencode(
  place: OpencodePlace,
  method: 'GET' | 'POST',
  path: string,
  body?: JsonObject,
  signal?: AbortSignal,
): Promise<Answer> {
  const credentials = Buffer.from(`${opencodeUser}:${place.password}`).toString('base64')
  // not AbortSignal.any(): Node 20 may collect what it is made of, and then it never fires
  const over = new AbortController()
  const end = (): void =>
    over.abort(signal?.aborted ? signal.reason : new Error(`no answer within ${timeoutMs} ms`))
  const timer = setTimeout(end, timeoutMs)
  signal?.addEventListener('abort', end)
  if (signal?.aborted) end()
  try {
    const response = await fetch(`http://127.0.0.1:${place.port}${path}`, {
      method,
      headers: { authorization: `Basic ${credentials}`, 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
      signal: over.signal,
    })
    const text = await response.text()
    if (!response.ok) return { status: 'refused', code: response.status }
    return readAnswer(text, response.status)
  } catch (error) {
    signal?.throwIfAborted()
    return isNobody(error) ? { status: 'absent' } : { status: 'failed', detail: describe(error) }
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', end)
  }
}

/** A path that this version does not know is answered with a page. */
function readAnswer(text: string, code: number): Answer {
  if (text === '') return { status: 'answered', value: undefined }
  try {
    return { status: 'answered', value: JSON.parse(text) }
  } catch (error) {
    if (error instanceof SyntaxError) return { status: 'refused', code }
    throw error
  }
}

function isNobody(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined
  return isObject(cause) || cause instanceof Error
    ? 'code' in cause && cause['code'] === 'ECONNREFUSED'
    : false
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
