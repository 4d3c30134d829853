import type { ActivityState } from '@tmux-orchestrator/agents'
import type { OrchestrationState } from './tables.ts'

/** What can be summed up; `null` is what no program tells. */
export interface UsageNumbers {
  /** How often it was given something to do. */
  readonly turns: number | null
  /** Input that came from no cache. */
  readonly inputTokens: number | null
  readonly outputTokens: number | null
  readonly cachedInputTokens: number | null
  readonly costUsd: number | null
}

/** The numbers that usage is told in. */
export type UsageNumber = keyof UsageNumbers

/** Numbers of several agents together. */
export interface UsageSum extends UsageNumbers {
  /** The numbers that leave something out which nobody told: it is at least so much. */
  readonly atLeast: readonly UsageNumber[]
}

/** Texts that were put into an agent's prompt. */
export interface Texts {
  readonly count: number
  readonly chars: number
  /** A guess, at four characters a token; programs do not tell what a single text costs. */
  readonly estimatedTokens: number
}

/** Milliseconds in each activity; one without any is absent. */
export type ActivityTimes = Readonly<Partial<Record<ActivityState, number>>>

interface CostParts extends UsageSum {
  /** What we put in ourselves: briefs, check-ins, notices, scheduled notes. */
  readonly injected: Texts
  /** What people and other agents sent. */
  readonly received: Texts
  /** Milliseconds in which it was seen at each activity, looked at every few seconds while the daemon ran. */
  readonly activityMs: ActivityTimes
}

/** What one agent has used, over all of its conversations. */
export interface AgentCost extends CostParts {
  readonly name: string
  readonly role: string
  readonly model: string | null
  /** The last request of its conversation; `null` when its program does not tell. */
  readonly context: { readonly tokens: number; readonly usedRatio: number | null } | null
  /** When its program's record was read; `null`: never, or it keeps none. */
  readonly readAt: string | null
}

/** What one team has used. */
export interface CostView {
  readonly id: string
  readonly title: string
  readonly state: OrchestrationState
  readonly project: string
  readonly program: string
  readonly agents: readonly AgentCost[]
  readonly total: CostParts
}

const numbers: readonly UsageNumber[] = [
  'turns',
  'inputTokens',
  'outputTokens',
  'cachedInputTokens',
  'costUsd',
]

/** Nobody told anything. */
export const noUsage: UsageSum = {
  turns: null,
  inputTokens: null,
  outputTokens: null,
  cachedInputTokens: null,
  costUsd: null,
  atLeast: [],
}

/** The sum of what is known; a number that somebody does not tell is at least the sum of the others. */
export function sumUsage(parts: readonly UsageSum[]): UsageSum {
  const sums = numbers.map((name): readonly [UsageNumber, number | null] => {
    const known = parts.flatMap((part) => part[name] ?? [])
    return [name, known.length === 0 ? null : known.reduce((total, value) => total + value, 0)]
  })
  const isShort = (name: UsageNumber): boolean =>
    parts.some((part) => part[name] === null || part.atLeast.includes(name))
  const atLeast = sums.filter(([name, sum]) => sum !== null && isShort(name)).map(([name]) => name)
  return { ...noUsage, ...Object.fromEntries(sums), atLeast }
}

export function sumTexts(parts: readonly Pick<Texts, 'count' | 'chars'>[]): Texts {
  const count = parts.reduce((total, part) => total + part.count, 0)
  const chars = parts.reduce((total, part) => total + part.chars, 0)
  return { count, chars, estimatedTokens: Math.ceil(chars / 4) }
}

export function sumTimes(parts: readonly ActivityTimes[]): ActivityTimes {
  const sums: Record<string, number> = {}
  for (const part of parts) {
    for (const [activity, ms] of Object.entries(part)) sums[activity] = (sums[activity] ?? 0) + ms
  }
  return sums
}

/** Everything of the agents together. */
export function sumAgents(agents: readonly AgentCost[]): CostView['total'] {
  return {
    ...sumUsage(agents),
    injected: sumTexts(agents.map((agent) => agent.injected)),
    received: sumTexts(agents.map((agent) => agent.received)),
    activityMs: sumTimes(agents.map((agent) => agent.activityMs)),
  }
}
