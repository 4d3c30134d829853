import { readFileSync } from 'node:fs'
import { SimError } from './errors.ts'
import { isRecord, parseJson } from './json.ts'

export type SimStatus = 'starting' | 'idle' | 'busy' | 'waiting'

/** What `sessions/<pid>.json` holds while the process lives; stale after a SIGKILL: compare `pid` and `pidStart`. */
export interface SimSession {
  readonly pid: number
  /** Field 22 of `/proc/<pid>/stat` (clock ticks since boot); `'0'` where there is no `/proc`. */
  readonly pidStart: string
  readonly sessionId: string
  readonly cwd: string
  readonly status: SimStatus
  /** Only with status `waiting`: what a human has to answer. */
  readonly waitingFor?: string
  /** Epoch milliseconds. */
  readonly statusUpdatedAt: number
  readonly version: string
}

/** What the work has settled; kept across `--resume`. */
export interface Checkpoint {
  readonly reported?: { readonly kind: ReportKind; readonly of: string }
}

export type ReportKind = 'done' | 'failed' | 'blocked'
export type Via = 'argument' | 'prompt' | 'queue'

/** One line of `conversations/<session-id>.jsonl`. `at` is epoch milliseconds. */
export type ConversationLine =
  | {
      readonly type: 'session'
      readonly sessionId: string
      readonly cwd: string
      readonly version: string
      readonly at: number
    }
  | {
      readonly type: 'user'
      readonly text: string
      readonly via: Via
      readonly at: number
      readonly pid: number
    }
  | { readonly type: 'assistant'; readonly text: string; readonly at: number }
  | { readonly type: 'action'; readonly name: string; readonly detail: string; readonly at: number }
  | { readonly type: 'checkpoint'; readonly state: Checkpoint; readonly at: number }

const lineTypes: ReadonlySet<unknown> = new Set(['session', 'user', 'assistant', 'action', 'checkpoint'])
const statuses: ReadonlySet<unknown> = new Set(['starting', 'idle', 'busy', 'waiting'])

function isSession(value: unknown): value is SimSession {
  return (
    isRecord(value) &&
    typeof value.pid === 'number' &&
    typeof value.pidStart === 'string' &&
    typeof value.sessionId === 'string' &&
    typeof value.cwd === 'string' &&
    typeof value.statusUpdatedAt === 'number' &&
    statuses.has(value.status)
  )
}

function isLine(value: unknown): value is ConversationLine {
  if (!isRecord(value) || !lineTypes.has(value.type)) return false
  if (value.type === 'user' || value.type === 'assistant') return typeof value.text === 'string'
  if (value.type === 'action') return typeof value.name === 'string' && typeof value.detail === 'string'
  if (value.type === 'checkpoint') return isRecord(value.state)
  return typeof value.sessionId === 'string'
}

/**
 * The status that a running agent last wrote; `undefined` when there is no such file (it exited cleanly, or never started).
 *
 * @throws SimError `BAD_SESSION_FILE` when the file is not what the agent writes
 */
export function readSimSession(file: string): SimSession | undefined {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    if (isRecord(error) && error.code === 'ENOENT') return undefined
    throw new SimError('BAD_SESSION_FILE', `cannot read ${file}`, { cause: error, details: { file } })
  }
  const value = parseJson(text)
  if (isSession(value)) return value
  throw new SimError('BAD_SESSION_FILE', `${file} does not describe a session`, { details: { file } })
}

/**
 * The lines of a transcript, oldest first; empty text has none. A last line without its newline is still being
 * written (or was torn by a crash) and is left out; lines of a type that is not known are left out too.
 *
 * @throws SimError `BAD_CONVERSATION` when a complete line is not JSON
 */
export function parseConversation(text: string): readonly ConversationLine[] {
  const complete = text.slice(0, text.lastIndexOf('\n') + 1)
  const lines: ConversationLine[] = []
  complete.split('\n').forEach((raw, index) => {
    if (raw === '') return
    const value = parseJson(raw)
    if (value === undefined) {
      throw new SimError('BAD_CONVERSATION', `line ${index + 1} of the conversation is not JSON`, {
        details: { line: index + 1 },
      })
    }
    if (isLine(value)) lines.push(value)
  })
  return lines
}
