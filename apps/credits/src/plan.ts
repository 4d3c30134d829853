import { type Command, type Context, defineCommand, formatTable } from '@tmux-orchestrator/cli'
import { connectDaemon, type DaemonClient, resolveHome } from '@tmux-orchestrator/daemon'
import { configDefaults, loadConfig } from '@tmux-orchestrator/orchestrator/plan'
import { type Plan, planLimits, plans } from '@tmux-orchestrator/team'
import { type Clock, clockOf, formatInstant } from './format-instant.ts'
import { type AgentPlan, type PlannedAgent, planAgents } from './plan-agents.ts'

/** What `tmo-credits plan --json` prints. */
export interface PlanAnswer {
  readonly plan: Plan
  /** Agents that the plan carries at once. */
  readonly carries: number
  readonly timeZone: string
  readonly agents: readonly AgentPlan[]
}

export const planCommand: Command = defineCommand({
  name: 'plan',
  summary: 'Which agents can run within your plan, and when.',
  description:
    'Counts the agents of every team that still have work. The plan comes from --plan, else from the settings of the folder and of the user, else it is max5. It says what would fit; it starts and stops nobody.',
  examples: ['tmo-credits plan', 'tmo-credits plan --plan pro --json'],
  options: [{ flag: '--plan <plan>', description: 'what you pay for', choices: plans }],
  async run({ options, context }): Promise<PlanAnswer> {
    const { env, signal, cwd } = context
    const plan =
      options.plan ??
      (await loadConfig(cwd, env, resolveHome(env))).values.plan ??
      (configDefaults.plan as Plan)
    await using daemon = await connectDaemon({ env, signal })
    const agents = await listAgents(daemon)
    const { limits } = await daemon.call('limit.list', {})
    const carries = planLimits[plan]
    const { timeZone } = clockOf(context)
    return { plan, carries, timeZone, agents: planAgents(agents, limits, carries) }
  },
  render: (answer: PlanAnswer, context: Context) => renderPlan(answer, clockOf(context)),
})

const ended: ReadonlySet<string> = new Set(['completed', 'failed', 'stopped'])
const atWork: ReadonlySet<string> = new Set(['planned', 'starting', 'running', 'paused'])

/** The oldest team first: what began first goes first. */
async function listAgents(daemon: DaemonClient): Promise<readonly PlannedAgent[]> {
  const { orchestrations } = await daemon.call('orchestration.list', {})
  const found: PlannedAgent[] = []
  for (const { id } of orchestrations.filter(({ state }) => !ended.has(state)).toReversed()) {
    const view = await daemon.call('orchestration.status', { id, commits: false })
    for (const { name, state } of view.agents.filter((agent) => atWork.has(agent.state))) {
      found.push({ agent: `${id}/${name}`, program: view.program, state })
    }
  }
  return found
}

export function renderPlan({ plan, carries, agents }: PlanAnswer, clock: Clock): string {
  const head = `plan ${plan}: carries ${carries} agents at once, ${agents.length} have work`
  if (agents.length === 0) return head
  const rows = agents.map((agent) => [agent.agent, agent.program, agent.state, wordsOf(agent, clock)])
  return `${head}\n${formatTable(rows, ['AGENT', 'PROGRAM', 'STATE', 'CAN RUN'])}`
}

function wordsOf({ when, at }: AgentPlan, clock: Clock): string {
  if (when === 'at' && at !== null) return formatInstant(at, clock)
  if (when === 'full') return 'when another one is done'
  return when === 'now' ? 'now' : 'when its limit ends; nobody knows when'
}
