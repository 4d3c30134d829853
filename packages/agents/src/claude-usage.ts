import type { Usage } from './adapter.ts'
import { isObject, type JsonObject, parseObject } from './json.ts'

/** What a transcript tells of tokens, turns and money. A message whose parts are written one by one counts once. */
export function transcriptUsage(text: string): Usage | undefined {
  const entries = text.split('\n').flatMap((line): readonly JsonObject[] => {
    const entry = line === '' ? undefined : parseObject(line)
    return entry ? [entry] : []
  })
  if (entries.length === 0) return undefined
  const answers = new Map<string, Answer>()
  for (const entry of entries) {
    const answer = parseAnswer(entry)
    if (answer) answers.set(answer.id, answer)
  }
  const all = [...answers.values()]
  const sum = (pick: (answer: Answer) => number): number =>
    all.reduce((total, answer) => total + pick(answer), 0)
  const tokens = sum((answer) => answer.input + answer.output + answer.cached)
  const costUsd = costOf(entries, tokens)
  const last = all.findLast((answer) => !answer.isSide)
  return {
    inputTokens: sum((answer) => answer.input),
    outputTokens: sum((answer) => answer.output),
    cachedInputTokens: sum((answer) => answer.cached),
    ...(costUsd !== undefined && { costUsd }),
    ...(last && { contextTokens: last.input + last.cached + last.output, model: last.model }),
    turns: entries.filter(isPrompt).length,
  }
}

interface Answer {
  readonly id: string
  readonly model: string
  readonly input: number
  readonly cached: number
  readonly output: number
  /** Of a helper that the agent started, in a context of its own. */
  readonly isSide: boolean
}

function parseAnswer(entry: JsonObject): Answer | undefined {
  const message = entry['type'] === 'assistant' ? entry['message'] : undefined
  if (!isObject(message)) return undefined
  const { id, model, usage } = message
  if (typeof id !== 'string' || typeof model !== 'string' || model.startsWith('<') || !isObject(usage))
    return undefined
  return {
    id,
    model,
    input: count(usage, 'input_tokens') + count(usage, 'cache_creation_input_tokens'),
    cached: count(usage, 'cache_read_input_tokens'),
    output: count(usage, 'output_tokens'),
    isSide: entry['isSidechain'] === true,
  }
}

function count(from: JsonObject, key: string): number {
  const value = from[key]
  return typeof value === 'number' ? value : 0
}

/** Something that the agent was given to do; neither a tool's result nor what Claude Code tells the model of itself. */
function isPrompt(entry: JsonObject): boolean {
  const message = entry['message']
  if (entry['type'] !== 'user' || entry['isSidechain'] === true || !isObject(message)) return false
  if (entry['isMeta'] === true || entry['isCompactSummary'] === true) return false
  if (isObject(entry['origin'])) return entry['origin']['kind'] === 'human'
  const { content } = message
  return (
    typeof content === 'string' &&
    !/^(This session is being continued|<(command|local-command|system))/.test(content)
  )
}

/**
 * The money, which Claude Code writes down as it ends: one sum for each of its lives. A life that was killed leaves none,
 * so that a sum counts only when it covers all tokens.
 */
function costOf(entries: readonly JsonObject[], tokens: number): number | undefined {
  const lives = new Map<unknown, JsonObject>()
  for (const entry of entries) if (entry['type'] === 'cost-state') lives.set(entry['startTime'], entry)
  const states = [...lives.values()].filter((state) => state['hasUnknownModelCost'] !== true)
  const covered = states.flatMap((state) =>
    isObject(state['modelUsage']) ? Object.values(state['modelUsage']) : [],
  )
  const sum = covered.reduce<number>((total, model) => total + (isObject(model) ? tokensOf(model) : 0), 0)
  if (states.length === 0 || sum < tokens) return undefined
  return states.reduce((total, state) => total + count(state, 'totalCostUSD'), 0)
}

function tokensOf(model: JsonObject): number {
  return ['inputTokens', 'outputTokens', 'cacheReadInputTokens', 'cacheCreationInputTokens'].reduce(
    (total, key) => total + count(model, key),
    0,
  )
}
