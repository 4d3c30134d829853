import { formatDuration, formatTable, toPlainText } from '@tmux-orchestrator/cli'
import type { AgentCost, CostView, UsageNumber } from '@tmux-orchestrator/orchestrator'

type Counted = CostView['total']

const header = [
  'AGENT',
  'TURNS',
  'IN',
  'CACHED',
  'OUT',
  'COST',
  'CONTEXT',
  'INJECTED',
  'WORKING',
  'IDLE',
  'WAITING',
  'LIMITED',
]

/** One table a team, with its sum; an empty home is said. */
export function renderCosts(teams: readonly CostView[]): string {
  if (teams.length === 0) return 'no orchestrations'
  return teams.map(renderTeam).join('\n\n')
}

function renderTeam(team: CostView): string {
  const rows = team.agents.map((agent) => [agent.name, ...cellsOf(agent, contextOf(agent))])
  const total = team.agents.length > 1 ? [['total', ...cellsOf(team.total, '')]] : []
  const models = [...new Set(team.agents.flatMap(({ model }) => model ?? []))].map(toPlainText)
  const program = [toPlainText(team.program), ...models].join(', ')
  return `${team.id} (${team.state}, ${program})\n${formatTable([...rows, ...total], header)}`
}

function cellsOf(sum: Counted, context: string): readonly string[] {
  const count = (name: UsageNumber): string => {
    const value = sum[name]
    return value === null ? '-' : `${formatCount(value)}${sum.atLeast.includes(name) ? '+' : ''}`
  }
  const { costUsd, injected, activityMs: at } = sum
  const cost =
    costUsd === null ? '-' : `$${formatMoney(costUsd)}${sum.atLeast.includes('costUsd') ? '+' : ''}`
  return [
    count('turns'),
    count('inputTokens'),
    count('cachedInputTokens'),
    count('outputTokens'),
    cost,
    context,
    `${injected.count} texts, ~${formatCount(injected.estimatedTokens)}`,
    formatTime(at.working),
    formatTime(at.idle),
    formatTime((at['waiting-input'] ?? 0) + (at['blocked-permission'] ?? 0)),
    formatTime(at.limited),
  ]
}

function contextOf({ context }: AgentCost): string {
  if (context === null) return '-'
  const ratio = context.usedRatio === null ? '' : ` (${Math.round(context.usedRatio * 100)} %)`
  return `${formatCount(context.tokens)}${ratio}`
}

/** `999`, `12.3k`, `4.56M`: a table is for a glance, `--json` has every token. */
export function formatCount(value: number): string {
  if (value < 1_000) return String(value)
  if (value < 999_950) return `${(value / 1_000).toFixed(1)}k`
  return `${(value / 1_000_000).toFixed(2)}M`
}

/** Cents, and more where there are fewer. */
function formatMoney(usd: number): string {
  return usd === 0 || usd >= 0.1 ? usd.toFixed(2) : usd.toFixed(4)
}

function formatTime(ms: number | undefined): string {
  return ms === undefined || ms === 0 ? '-' : formatDuration(ms)
}
