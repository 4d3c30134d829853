import type { ErrorKind, Finding, Signal } from './activity.ts'
import type { Usage } from './adapter.ts'
import { errorOfStatus, errorOfText } from './error-kind.ts'
import { isObject, type JsonObject, parseObject } from './json.ts'
import type { Tally } from './line-tallies.ts'
import { resetInstant } from './reset-time.ts'

/** What the tail of a rollout says of the last turn; `timeZone` is that of the times in its texts. */
export function rolloutSignal(lines: readonly string[], timeZone?: string): Signal | undefined {
  const events = lines.flatMap((line) => parseEvent(line) ?? [])
  const last = events.findLast(
    ({ type }) => type === 'task_started' || type === 'task_complete' || type === 'turn_aborted',
  )
  return last && { ...turnFinding(last, events, timeZone), source: 'transcript', at: last.at }
}

interface RolloutEvent {
  readonly type: string
  readonly at: number
  readonly payload: JsonObject
}

function parseEvent(line: string): RolloutEvent | undefined {
  const entry = parseObject(line)
  const payload = entry?.['payload']
  if (entry?.['type'] !== 'event_msg' || !isObject(payload)) return undefined
  const { type } = payload
  const at = typeof entry['timestamp'] === 'string' ? Date.parse(entry['timestamp']) : Number.NaN
  return typeof type === 'string' && Number.isFinite(at) ? { type, at, payload } : undefined
}

function turnFinding(
  { type, at, payload }: RolloutEvent,
  events: readonly RolloutEvent[],
  timeZone: string | undefined,
): Finding {
  if (type === 'task_started') return { state: 'working' }
  const { error } = payload
  if (!isObject(error)) return { state: 'idle' }
  const text = typeof error['message'] === 'string' ? error['message'] : ''
  const info = error['codex_error_info']
  const detail = text.slice(0, 200)
  if (info !== 'usage_limit_exceeded') return { state: 'error', error: kindOf(info, text), detail }
  if (/quota exceeded/i.test(text)) return { state: 'error', error: 'credit', detail }
  const resetAt =
    windowReset(events) ?? resetInstant(text, { now: at, printedAt: at, ...(timeZone && { timeZone }) })
  return { state: 'limited', detail, ...(resetAt !== undefined && { resetAt }) }
}

const kinds: Readonly<Record<string, ErrorKind>> = {
  context_window_exceeded: 'context-full',
  server_overloaded: 'overloaded',
  unauthorized: 'authentication',
  bad_request: 'invalid-request',
  internal_server_error: 'server',
}

function kindOf(info: unknown, text: string): ErrorKind {
  const named = typeof info === 'string' ? kinds[info] : undefined
  if (named) return named
  const [inner] = isObject(info) ? Object.values(info) : []
  const status = isObject(inner) ? inner['http_status_code'] : undefined
  if (typeof status === 'number') return errorOfStatus(status)
  return errorOfText(text)
}

/** The end of the window that is used up, as the server told it with the last answer. */
function windowReset(events: readonly RolloutEvent[]): number | undefined {
  const limits = events.findLast(({ type }) => type === 'token_count')?.payload['rate_limits']
  if (!isObject(limits)) return undefined
  const ends = [limits['primary'], limits['secondary']].flatMap((window): readonly number[] => {
    if (!isObject(window) || typeof window['resets_at'] !== 'number') return []
    return typeof window['used_percent'] === 'number' && window['used_percent'] >= 100
      ? [window['resets_at']]
      : []
  })
  return ends.length === 0 ? undefined : Math.max(...ends) * 1000
}

/** How the texts begin that Codex puts into a conversation itself, such as what a repository's AGENTS.md says. */
const addition = /^\s*(<[a-z][\w-]*[\s>]|# AGENTS\.md )/i

/** How it begins what the Stop hook of this start handed over; a hook of the project's or the user's has another file. */
const handedOver = /^<hook_prompt hook_run_id="stop:\d+:\/&lt;session-flags&gt;\/config\.toml">/

/** Whether a line of a rollout is text that a user entered and that holds the token. */
export function isRolloutInput(line: string, token: string): boolean {
  const payload = parseObject(line)?.['payload']
  if (!isObject(payload) || payload['type'] !== 'message' || payload['role'] !== 'user') return false
  const { content } = payload
  if (!Array.isArray(content)) return false
  return content.some((part) => {
    if (!isObject(part) || part['type'] !== 'input_text') return false
    const text = String(part['text'])
    return text.includes(token) && (handedOver.test(text) || !addition.test(text))
  })
}

/** What a rollout tells of tokens and turns. */
export class RolloutTally implements Tally<Usage> {
  #info: JsonObject | undefined
  #turns = 0

  add(line: string): void {
    const event = line.includes('event_msg') ? parseEvent(line) : undefined
    if (event?.type === 'task_started') this.#turns += 1
    if (event?.type === 'token_count' && isObject(event.payload['info'])) this.#info = event.payload['info']
  }

  result(): Usage | undefined {
    const info = this.#info
    if (!info) return undefined
    const total = counts(info['total_token_usage'])
    const last = counts(info['last_token_usage'])
    const window = info['model_context_window']
    return {
      inputTokens: total.input - total.cached,
      cachedInputTokens: total.cached,
      outputTokens: total.output,
      contextTokens: last.total,
      ...(typeof window === 'number' && window > 0 && { contextUsedRatio: Math.min(1, last.total / window) }),
      turns: this.#turns,
    }
  }
}

interface Counts {
  readonly input: number
  readonly cached: number
  readonly output: number
  readonly total: number
}

function counts(value: unknown): Counts {
  const of = (key: string): number => {
    const count = isObject(value) ? value[key] : undefined
    return typeof count === 'number' ? count : 0
  }
  return {
    input: of('input_tokens'),
    cached: of('cached_input_tokens'),
    output: of('output_tokens'),
    total: of('total_tokens'),
  }
}
