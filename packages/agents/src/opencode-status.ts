import type { Finding, Signal } from './activity.ts'
import { errorOfText } from './error-kind.ts'
import { isObject } from './json.ts'
import { askOpencode } from './opencode-api.ts'
import type { OpencodeNote } from './opencode-launch.ts'

/** A wait of the server for a retry that is longer than this is a limit. */
const retryMs = 60_000

/** What the server says of the agent now; `absent` while nobody listens. A permission stands before the work it holds up. */
export async function opencodeStatus(note: OpencodeNote, now: number): Promise<Signal | 'absent'> {
  const paths = ['/permission', '/question', '/session/status'] as const
  const answers = await Promise.all(paths.map((path) => askOpencode(note, 'GET', path)))
  if (answers.some(({ status }) => status === 'absent')) return 'absent'
  const [permissions, questions, statuses] = answers.map((answer) =>
    answer.status === 'answered' ? answer.value : undefined,
  )
  return { ...findingOf(permissions, questions, statuses, note, now), source: 'api', at: now }
}

function findingOf(
  permissions: unknown,
  questions: unknown,
  statuses: unknown,
  note: OpencodeNote,
  now: number,
): Finding {
  if (!Array.isArray(permissions) || !isObject(statuses)) {
    return { state: 'unknown', detail: 'its server gives no status' }
  }
  if (permissions.length > 0) return { state: 'blocked-permission', detail: describe(permissions[0]) }
  if (Array.isArray(questions) && questions.length > 0)
    return { state: 'waiting-input', detail: 'a question' }
  const own = note.sessionId === undefined ? undefined : statuses[note.sessionId]
  const status = isObject(own) ? own : Object.values(statuses).find(isObject)
  if (status?.['type'] === 'retry') return retryFinding(status['message'], status['next'], now)
  return { state: status === undefined || status['type'] === 'idle' ? 'idle' : 'working' }
}

function describe(permission: unknown): string {
  if (!isObject(permission)) return 'a permission'
  const patterns = Array.isArray(permission['patterns']) ? permission['patterns'].join(' ') : ''
  return `${String(permission['permission'] ?? 'a permission')} ${patterns}`.trim().slice(0, 200)
}

function retryFinding(message: unknown, next: unknown, now: number): Finding {
  const detail = `retries: ${String(message).slice(0, 150)}`
  // it retries for ever what no retry mends
  if (errorOfText(String(message)) === 'credit') return { state: 'error', error: 'credit', detail }
  if (typeof next !== 'number' || next - now <= retryMs) return { state: 'working', detail }
  return { state: 'limited', resetAt: next, continuesItself: true, detail }
}
