import { realpath } from 'node:fs/promises'
import { join } from 'node:path'
import type { ConversationQuery } from './adapter.ts'
import { projectFolder } from './claude-paths.ts'
import { listNames, type Reading, readTail, sizeOf } from './files.ts'
import { isObject, type JsonObject, parseObject } from './json.ts'

/** The error that a conversation's last turn ended with. */
export interface ApiError {
  /** `rate_limit`, `billing_error`, `authentication_failed`, `server_error` … */
  readonly kind: string
  /** When a subscription limit ends, epoch milliseconds. */
  readonly resetAt?: number
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
  const last = tail.value
    .split('\n')
    .flatMap((line): readonly JsonObject[] => {
      const entry = parseObject(line)
      return entry ? [entry] : []
    })
    .findLast((entry) => entry['type'] === 'user' || entry['type'] === 'assistant')
  return last ? apiError(last) : undefined
}

function apiError(entry: JsonObject): ApiError | undefined {
  if (entry['isApiErrorMessage'] !== true) return undefined
  const kind = typeof entry['error'] === 'string' ? entry['error'] : 'unknown'
  const resetsAt = isObject(entry['quotaLimits']) ? entry['quotaLimits']['resetsAt'] : undefined
  return typeof resetsAt === 'number' ? { kind, resetAt: resetsAt * 1000 } : { kind }
}
