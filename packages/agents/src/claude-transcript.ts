import { realpath } from 'node:fs/promises'
import { join } from 'node:path'
import type { ErrorKind, Finding, Signal } from './activity.ts'
import type { ConversationQuery } from './adapter.ts'
import { errorOfClaude } from './claude-hooks.ts'
import { projectFolder } from './claude-paths.ts'
import { errorOfStatus, errorOfText } from './error-kind.ts'
import { listNames, type Reading, readTail, sizeOf } from './files.ts'
import { isObject, type JsonObject, parseObject } from './json.ts'
import { resetInstant } from './reset-time.ts'

/** The error that a conversation's last turn ended with, as the transcript has it. */
export interface ApiError {
  /** `rate_limit`, `billing_error`, `authentication_failed`, `server_error` … */
  readonly name: string
  readonly text: string
  readonly status?: number
  /** A limit of the plan, not of the rate of requests. */
  readonly isUsageLimit: boolean
  /** When that limit ends, epoch milliseconds. */
  readonly resetAt?: number
  /** Claude Code has said that it goes on by itself. */
  readonly continuesItself: boolean
  readonly at?: number
}

/** The file of a conversation: under its working directory's name, else in any project's folder. */
export async function findTranscript(folder: string, query: ConversationQuery): Promise<Reading<string>> {
  const name = `${query.conversationId}.jsonl`
  for (const cwd of new Set([query.cwd, await resolved(query.cwd)])) {
    const path = join(folder, 'projects', projectFolder(cwd), name)
    const size = await sizeOf(path)
    if (size.status !== 'absent') return size.status === 'read' ? { status: 'read', value: path } : size
  }
  const projects = await listNames(join(folder, 'projects'))
  if (projects.status !== 'read') return projects
  for (const project of projects.value) {
    const path = join(folder, 'projects', project, name)
    if ((await sizeOf(path)).status === 'read') return { status: 'read', value: path }
  }
  return { status: 'absent' }
}

async function resolved(cwd: string): Promise<string> {
  try {
    return await realpath(cwd)
  } catch (error) {
    if (error instanceof Error && 'code' in error) return cwd
    throw error
  }
}

/** Whether a line of a transcript is text that a user entered and that holds the token. Tool results are not. */
export function isTranscriptInput(line: string, token: string): boolean {
  const entry = parseObject(line)
  if (!entry) return false
  if (entry['type'] === 'queue-operation')
    return entry['operation'] === 'enqueue' && holds(entry['content'], token)
  return isUserEntry(entry) && holds(messageOf(entry)['content'], token)
}

/**
 * Whether the model has said something to the input that holds the token. A line of its own is no sign of that: what a human
 * takes back with Escape before the first word keeps its line, and nothing ever follows from it.
 */
export function isAnswered(transcript: string, token: string): boolean {
  const heirs = new Set<unknown>()
  for (const line of transcript.split('\n')) {
    const entry = parseObject(line)
    if (entry === undefined || entry['uuid'] === undefined) continue
    const isInput = isUserEntry(entry) && holds(messageOf(entry)['content'], token)
    if (!isInput && !heirs.has(entry['parentUuid'])) continue
    if (entry['type'] === 'assistant') return true
    heirs.add(entry['uuid'])
  }
  return false
}

function isUserEntry(entry: JsonObject): boolean {
  return entry['type'] === 'user' && entry['isSidechain'] !== true && messageOf(entry)['role'] === 'user'
}

function messageOf(entry: JsonObject): JsonObject {
  return isObject(entry['message']) ? entry['message'] : {}
}

function holds(content: unknown, token: string): boolean {
  if (typeof content === 'string') return content.includes(token)
  if (!Array.isArray(content)) return false
  return content.some((part) => isObject(part) && part['type'] === 'text' && holds(part['text'], token))
}

const tailBytes = 65_536

/** The error of the last turn, or undefined when it ended well or cannot be read. */
export async function readApiError(path: string): Promise<ApiError | undefined> {
  const tail = await readTail(path, tailBytes)
  if (tail.status !== 'read') return undefined
  const entries = tail.value.split('\n').flatMap((line): readonly JsonObject[] => {
    const entry = parseObject(line)
    return entry ? [entry] : []
  })
  const index = entries.findLastIndex((entry) => entry['type'] === 'user' || entry['type'] === 'assistant')
  const last = entries[index]
  if (last?.['isApiErrorMessage'] !== true) return undefined
  const continuesItself = entries.slice(index + 1).some(({ type, content }) => {
    return type === 'system' && typeof content === 'string' && /continue automatically/i.test(content)
  })
  return parseApiError(last, continuesItself)
}

function parseApiError(entry: JsonObject, continuesItself: boolean): ApiError {
  const { error, apiErrorStatus, apiError, timestamp } = entry
  const limits = isObject(entry['quotaLimits']) ? entry['quotaLimits'] : undefined
  const resetsAt = limits?.['resetsAt']
  const at = typeof timestamp === 'string' ? Date.parse(timestamp) : Number.NaN
  const text = textOf(messageOf(entry)['content'])
  return {
    name: typeof error === 'string' ? error : 'unknown',
    text,
    ...(typeof apiErrorStatus === 'number' && { status: apiErrorStatus }),
    isUsageLimit:
      apiError === 'usage_limit_reached' ||
      limits !== undefined ||
      /hit your .{0,40}limit|usage limit reached/i.test(text),
    ...(typeof resetsAt === 'number' && { resetAt: resetsAt * 1000 }),
    continuesItself,
    ...(Number.isFinite(at) && { at }),
  }
}

function textOf(content: unknown): string {
  if (typeof content === 'string') return content
  if (!Array.isArray(content)) return ''
  return content
    .map((part) => (isObject(part) && typeof part['text'] === 'string' ? part['text'] : ''))
    .join('\n')
}

/** The signal of an error; `at` is when the hook told of it, where it did. */
export function errorSignal(error: ApiError, hookAt?: number): Signal {
  return { ...errorFinding(error), source: 'transcript', at: hookAt ?? error.at ?? 0 }
}

function errorFinding(error: ApiError): Finding {
  const detail = error.name
  if (!error.isUsageLimit) return { state: 'error', error: kindOf(error), detail }
  const resetAt = error.resetAt ?? textReset(error)
  return {
    state: 'limited',
    detail,
    ...(resetAt !== undefined && { resetAt }),
    ...(error.continuesItself && { continuesItself: true }),
  }
}

/** Older versions tell the end of a limit in words alone; then it counts from when they were written. */
function textReset({ text, at }: ApiError): number | undefined {
  return at === undefined ? undefined : resetInstant(text, { now: at, printedAt: at })
}

/** The text is finer than the name: a prompt that is too long is an `invalid_request`. */
function kindOf({ name, text, status }: ApiError): ErrorKind {
  const told = errorOfClaude(name)
  if (told !== 'unknown' && told !== 'invalid-request' && told !== 'server') return told
  const read = errorOfText(text)
  if (read === 'context-full' || read === 'overloaded') return read
  if (told !== 'unknown') return status === 529 ? 'overloaded' : told
  return status === undefined ? read : errorOfStatus(status)
}
