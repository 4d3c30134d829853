import { join } from 'node:path'
import type { Usage } from './adapter.ts'
import { listNames, type Reading } from './files.ts'
import { isObject, type JsonObject, parseObject } from './json.ts'

/** The file of a conversation: `tmp/<project>/chats/session-<time>-<first part of the id>.jsonl`. */
export async function findChat(folder: string, conversationId: string): Promise<Reading<string>> {
  const projects = await listNames(join(folder, 'tmp'))
  if (projects.status !== 'read') return projects
  const end = `-${conversationId.slice(0, 8)}.jsonl`
  for (const project of projects.value) {
    const chats = join(folder, 'tmp', project, 'chats')
    const names = await listNames(chats)
    const name = names.status === 'read' ? names.value.findLast((one) => one.endsWith(end)) : undefined
    if (name !== undefined) return { status: 'read', value: join(chats, name) }
  }
  return { status: 'absent' }
}

/** Whether a line of a chat is text that a user entered and that holds the token. */
export function isChatInput(line: string, token: string): boolean {
  const entry = parseObject(line)
  return entry?.['type'] === 'user' && JSON.stringify(entry['content'] ?? '').includes(token)
}

/** What a chat tells of tokens and turns. A message that is written again counts once. */
export function chatUsage(text: string): Usage | undefined {
  const messages = new Map<string, JsonObject>()
  for (const line of text.split('\n')) {
    const entry = parseObject(line)
    if (entry && typeof entry['id'] === 'string') messages.set(entry['id'], entry)
  }
  const all = [...messages.values()]
  if (all.length === 0) return undefined
  const answers = all.filter((entry) => isObject(entry['tokens']))
  const sum = (name: string): number => answers.reduce((total, entry) => total + tokens(entry, name), 0)
  const last = answers.at(-1)
  const model = last?.['model']
  return {
    inputTokens: sum('input') - sum('cached'),
    cachedInputTokens: sum('cached'),
    outputTokens: sum('output') + sum('thoughts'),
    ...(last && { contextTokens: tokens(last, 'total') }),
    turns: all.filter((entry) => entry['type'] === 'user').length,
    ...(typeof model === 'string' && { model }),
  }
}

function tokens(entry: JsonObject, name: string): number {
  const counts = entry['tokens']
  const count = isObject(counts) ? counts[name] : undefined
  return typeof count === 'number' ? count : 0
}
