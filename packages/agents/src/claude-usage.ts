import type { Usage } from './adapter.ts'
import { isObject, type JsonObject, parseObject } from './json.ts'
import type { Tally } from './line-tallies.ts'

/** What a transcript tells of tokens, turns and money. A message whose parts are written one by one counts once. */
export class ClaudeTally implements Tally<Usage> {
  readonly #answers: Map<string, Answer> = new Map()
  readonly #lives: Map<unknown, Life> = new Map()
  #last: string | undefined
  #input = 0
  #cached = 0
  #output = 0
  #turns = 0
  #isEmpty = true

  add(line: string): void {
    const entry = line === '' ? undefined : parseObject(line)
    if (!entry) return
    this.#isEmpty = false
    if (entry['type'] === 'cost-state') this.#lives.set(entry['startTime'], parseLife(entry))
    if (isPrompt(entry)) this.#turns += 1
    const answer = parseAnswer(entry)
    if (answer) this.#count(answer)
  }

  result(): Usage | undefined {
    if (this.#isEmpty) return undefined
    const costUsd = this.#cost(this.#input + this.#output + this.#cached)
    const last = this.#last === undefined ? undefined : this.#answers.get(this.#last)
    return {
      inputTokens: this.#input,
      outputTokens: this.#output,
      cachedInputTokens: this.#cached,
      ...(costUsd !== undefined && { costUsd }),
      ...(last && { contextTokens: last.input + last.cached + last.output, model: last.model }),
      turns: this.#turns,
    }
  }

  #count(answer: Answer): void {
    const before = this.#answers.get(answer.id)
    this.#answers.set(answer.id, answer)
    this.#input += answer.input - (before?.input ?? 0)
    this.#cached += answer.cached - (before?.cached ?? 0)
    this.#output += answer.output - (before?.output ?? 0)
    if (!before && !answer.isSide) this.#last = answer.id
  }

  /**
   * The money, which Claude Code writes down as it ends: one sum for each of its lives. A life that was killed leaves
   * none, so that a sum counts only when it covers all tokens.
   */
  #cost(tokens: number): number | undefined {
    const lives = [...this.#lives.values()].filter(({ isKnown }) => isKnown)
    const covered = lives.reduce((total, life) => total + life.tokens, 0)
    if (lives.length === 0 || covered < tokens) return undefined
    return lives.reduce((total, life) => total + life.costUsd, 0)
  }
}

/** From one start of the program to its end. */
interface Life {
  readonly costUsd: number
  readonly tokens: number
  readonly isKnown: boolean
}

function parseLife(state: JsonObject): Life {
  const models = isObject(state['modelUsage']) ? Object.values(state['modelUsage']) : []
  return {
    costUsd: count(state, 'totalCostUSD'),
    tokens: models.reduce<number>((total, model) => total + (isObject(model) ? tokensOf(model) : 0), 0),
    isKnown: state['hasUnknownModelCost'] !== true,
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

function tokensOf(model: JsonObject): number {
  return ['inputTokens', 'outputTokens', 'cacheReadInputTokens', 'cacheCreationInputTokens'].reduce(
    (total, key) => total + count(model, key),
    0,
  )
}
