import { createHash } from 'node:crypto'
import { join } from 'node:path'
import type { Usage } from './adapter.ts'
import { listNames, type Reading, readText, sizeOf } from './files.ts'
import { isObject, type JsonObject, parseObject } from './json.ts'
import type { Tally } from './line-tallies.ts'

/**
 * The files of a conversation, oldest first: `tmp/<project>/chats/session-<time>-<first part of the id>.jsonl`. One that
 * was resumed may have several.
 */
export async function findChats(folder: string, conversationId: string): Promise<Reading<readonly string[]>> {
  const projects = await listNames(join(folder, 'tmp'))
  if (projects.status !== 'read') return projects
  const end = `-${conversationId.slice(0, 8)}.jsonl`
  const found: string[] = []
  for (const project of projects.value) {
    const chats = join(folder, 'tmp', project, 'chats')
    const names = await listNames(chats)
    if (names.status !== 'read') continue
    found.push(...names.value.filter((name) => name.endsWith(end)).map((name) => join(chats, name)))
  }
  return found.length === 0 ? { status: 'absent' } : { status: 'read', value: found.toSorted() }
}

/** A longer one holds more than what Gemini CLI writes by itself. */
const emptyMaxBytes = 65_536

/** Whether Gemini CLI would go on with a chat: one in which nothing was entered or answered yet it does not find. */
export async function isResumable(path: string): Promise<boolean> {
  const size = await sizeOf(path)
  if (size.status !== 'read' || size.value > emptyMaxBytes) return size.status !== 'absent'
  const text = await readText(path)
  if (text.status !== 'read') return text.status !== 'absent'
  return text.value.split('\n').some((line) => {
    const entry = parseObject(line)
    return entry?.['type'] === 'gemini' || (entry?.['type'] === 'user' && isEntered(entry))
  })
}

/** The error that the last turn of a chat ended with. */
export function chatError(lines: readonly string[]): string | undefined {
  const entries = lines.flatMap((line): readonly JsonObject[] => {
    const entry = parseObject(line)
    return entry ? [entry] : []
  })
  const last = entries.findLast(({ type }) => type === 'user' || type === 'gemini' || type === 'error')
  return last?.['type'] === 'error' ? contentOf(last) : undefined
}

function contentOf(entry: JsonObject): string {
  const { content } = entry
  return typeof content === 'string' ? content : JSON.stringify(content ?? '')
}

/** Whether a line of a chat is text that a user entered and that holds the token. */
export function isChatInput(line: string, token: string): boolean {
  const entry = parseObject(line)
  if (entry?.['type'] !== 'user') return false
  return isEntered(entry) && enteredTexts(entry).some((text) => text.includes(token))
}

/** What it tells the model of itself stands there as if a user had entered it. */
function isEntered(entry: JsonObject): boolean {
  return enteredTexts(entry)[0]?.startsWith('<session_context>') !== true
}

/** What a tool answered and files that were read are parts of the same kind of entry, but no text of it. */
function enteredTexts({ content }: JsonObject): readonly string[] {
  if (typeof content === 'string') return [content]
  const parts: readonly unknown[] = Array.isArray(content) ? content : []
  return parts.flatMap((part) => (isObject(part) && typeof part['text'] === 'string' ? [part['text']] : []))
}

/** One message of a chat, as far as it bears on usage. */
interface ChatMessage {
  /** Of an answer. */
  readonly tokens?: Readonly<Record<TokenName, number>>
  readonly model?: string
  /** What stands for the text that a user entered. */
  readonly prompt?: string
}

type TokenName = 'input' | 'cached' | 'output' | 'thoughts' | 'total'

type ChatMessages = ReadonlyMap<string, ChatMessage>

/** The messages of one chat by their ids. One that is written again counts once, as it was written last. */
export class ChatTally implements Tally<ChatMessages> {
  readonly #messages: Map<string, ChatMessage> = new Map()

  add(line: string): void {
    const entry = parseObject(line)
    if (entry && typeof entry['id'] === 'string') this.#messages.set(entry['id'], messageOf(entry))
  }

  result(): ChatMessages {
    return this.#messages
  }
}

function messageOf(entry: JsonObject): ChatMessage {
  const { tokens, model } = entry
  return {
    ...(isObject(tokens) && { tokens: countsOf(tokens) }),
    ...(typeof model === 'string' && { model }),
    ...(isPrompt(entry) && { prompt: createHash('sha256').update(contentOf(entry)).digest('base64') }),
  }
}

function countsOf(tokens: JsonObject): NonNullable<ChatMessage['tokens']> {
  const count = (name: TokenName): number => {
    const value = tokens[name]
    return typeof value === 'number' ? value : 0
  }
  return {
    input: count('input'),
    cached: count('cached'),
    output: count('output'),
    thoughts: count('thoughts'),
    total: count('total'),
  }
}

/** What the chats of a conversation, oldest first, tell of tokens and turns. */
export function usageOfChats(chats: readonly ChatMessages[]): Usage | undefined {
  const all = [...new Map(chats.flatMap((chat) => [...chat])).values()]
  if (all.length === 0) return undefined
  const answers = all.filter(({ tokens }) => tokens !== undefined)
  const sum = (name: TokenName): number =>
    answers.reduce((total, { tokens }) => total + (tokens?.[name] ?? 0), 0)
  const last = answers.at(-1)
  return {
    inputTokens: sum('input') - sum('cached'),
    cachedInputTokens: sum('cached'),
    outputTokens: sum('output') + sum('thoughts'),
    ...(last?.tokens && { contextTokens: last.tokens.total }),
    turns: new Set(all.flatMap(({ prompt }) => (prompt === undefined ? [] : [prompt]))).size,
    ...(last?.model !== undefined && { model: last.model }),
  }
}

/** What Gemini CLI tells the model of itself is no prompt; after a cancelled turn it writes earlier ones again. */
function isPrompt(entry: JsonObject): boolean {
  return entry['type'] === 'user' && !contentOf(entry).includes('<session_context>')
}
