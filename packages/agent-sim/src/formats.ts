import { readFileSync } from 'node:fs'
import { SimError } from './errors.ts'
import { isRecord, parseJson } from './json.ts'
import type { Persona } from './persona.ts'
import type { EnterOutcome } from './prompt-box.ts'

/** What the program says of itself: `waiting` has a dialog open, `limited` has met a limit. */
export type SimStatus = 'starting' | 'idle' | 'busy' | 'waiting' | 'limited'

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
  /** Only with status `limited`: when the limit ends, epoch milliseconds. It stays after that until something is entered. */
  readonly resetAt?: number
  /** Only with status `limited`: it goes on by itself when the limit ends. */
  readonly continuesItself?: boolean
  /** Epoch milliseconds. */
  readonly statusUpdatedAt: number
  readonly version: string
}

/** What the work has settled; kept across `--resume`. */
export interface Checkpoint {
  readonly reported?: { readonly kind: ReportKind; readonly of: string }
}

/** How an agent ends its work. */
export type ReportKind = 'done' | 'failed' | 'blocked'
/** `summary`: what a compaction left of the conversation; nobody entered it. */
export type Via = 'argument' | 'prompt' | 'queue' | 'summary'

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

/** What the record holds besides the conversation. `at` is epoch milliseconds. */
export type RecordNote =
  /** Bytes of one read of the terminal. */
  | { readonly type: 'received'; readonly base64: string; readonly at: number }
  /** A process began; `life` counts those of this conversation from 1. */
  | {
      readonly type: 'life'
      readonly pid: number
      readonly life: number
      readonly seed: number
      readonly persona: Persona
      readonly at: number
    }
  | {
      readonly type: 'status'
      readonly status: SimStatus
      readonly waitingFor?: string
      readonly resetAt?: number
      readonly at: number
    }
  | { readonly type: 'enter'; readonly outcome: EnterOutcome; readonly at: number }
  /** `withdrawn`: it closed by itself. */
  | {
      readonly type: 'dialog'
      readonly did: 'opened' | 'approved' | 'denied' | 'withdrawn'
      readonly subject: string
      readonly at: number
    }
  /** The persona's own human. `disturbed`: other text came between theirs; `text` is what stood in the box. */
  | {
      readonly type: 'human'
      readonly did: 'began' | 'typed' | 'sent' | 'erased' | 'disturbed'
      readonly text: string
      readonly at: number
    }
  | { readonly type: 'scroll'; readonly did: 'began' | 'ended'; readonly at: number }
  /** `held`: entered while it works, not yet in the conversation. `swallowed`: taken for a command. */
  | {
      readonly type: 'entered'
      readonly did: 'held' | 'swallowed'
      readonly text: string
      readonly at: number
    }
  | { readonly type: 'fault'; readonly fault: 'hang' | 'crash'; readonly detail: string; readonly at: number }

/** One line of `records/<session-id>.jsonl`: all that an agent received and did. */
export type RecordLine = ConversationLine | RecordNote

const noteTypes: ReadonlySet<unknown> = new Set([
  'received',
  'life',
  'status',
  'enter',
  'dialog',
  'human',
  'scroll',
  'entered',
  'fault',
])
const lineTypes: ReadonlySet<unknown> = new Set(['session', 'user', 'assistant', 'action', 'checkpoint'])
const statuses: ReadonlySet<unknown> = new Set(['starting', 'idle', 'busy', 'waiting', 'limited'])

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
  return parseLines(text, isLine)
}

/**
 * The lines of a record, as {@link parseConversation} reads them.
 *
 * @throws SimError `BAD_CONVERSATION` when a complete line is not JSON
 */
export function parseRecord(text: string): readonly RecordLine[] {
  return parseLines(text, (value): value is RecordLine => isLine(value) || isNote(value))
}

function isNote(value: unknown): value is RecordNote {
  return isRecord(value) && noteTypes.has(value.type) && typeof value.at === 'number'
}

function parseLines<T>(text: string, isKnown: (value: unknown) => value is T): readonly T[] {
  const complete = text.slice(0, text.lastIndexOf('\n') + 1)
  const lines: T[] = []
  complete.split('\n').forEach((raw, index) => {
    if (raw === '') return
    const value = parseJson(raw)
    if (value === undefined) {
      throw new SimError('BAD_CONVERSATION', `line ${index + 1} of the conversation is not JSON`, {
        details: { line: index + 1 },
      })
    }
    if (isKnown(value)) lines.push(value)
  })
  return lines
}
