import type { LimitView } from '@tmux-orchestrator/orchestrator'

/** One agent that has work to do, or will have. */
export interface PlannedAgent {
  /** `ID/NAME`. */
  readonly agent: string
  readonly program: string
  readonly state: string
}

export interface AgentPlan extends PlannedAgent {
  /** `now`; `at`: from `at` on; `unknown`: its limit ends, but nobody knows when; `full`: when another one is done. */
  readonly when: 'now' | 'at' | 'unknown' | 'full'
  /** ISO 8601 UTC; of `at` alone. */
  readonly at: string | null
}

/**
 * Who can run within what the plan carries at once, and when: those that no limit holds up come first, then the others
 * as their limits end. An agent that finds no place waits until another one is done.
 */
export function planAgents(
  agents: readonly PlannedAgent[],
  limits: readonly LimitView[],
  carries: number,
): readonly AgentPlan[] {
  const limitOf = new Map(limits.map((limit) => [limit.agent, limit]))
  const free = agents.filter(({ agent }) => !limitOf.has(agent))
  const held = agents
    .filter(({ agent }) => limitOf.has(agent))
    .map((agent) => ({ agent, end: endOf(limitOf.get(agent.agent)) }))
    .toSorted((a, b) => toOrder(a.end) - toOrder(b.end))
  const plans = [
    ...free.map((agent): AgentPlan => ({ ...agent, when: 'now', at: null })),
    ...held.map(({ agent, end }): AgentPlan => {
      return end === null ? { ...agent, when: 'unknown', at: null } : { ...agent, when: 'at', at: end }
    }),
  ]
  return plans.map((plan, index) => (index < carries ? plan : { ...plan, when: 'full', at: null }))
}

function endOf(limit: LimitView | undefined): string | null {
  return limit?.resumeAt ?? limit?.resetAt ?? null
}

/** What nobody knows comes last. */
function toOrder(end: string | null): number {
  return end === null ? Number.MAX_SAFE_INTEGER : Date.parse(end)
}
