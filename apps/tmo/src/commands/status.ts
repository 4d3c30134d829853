import {
  type Command,
  type Context,
  defineCommand,
  type ExitWith,
  exit,
  formatTable,
} from '@tmux-orchestrator/cli'
import type { OrchestrationView } from '@tmux-orchestrator/orchestrator'
import { commandName, openDaemon } from '../daemon.ts'
import { watch } from '../watch.ts'
import { nextOfError, wordingOfError } from '../wording-of-error.ts'
import { wordingOfHeld } from '../wording-of-held.ts'
import { wordingOfPermission } from '../wording-of-permission.ts'
import { wordingOfQuestion } from '../wording-of-question.ts'
import { bareCommand } from './bare.ts'

export const statusCommand: Command = defineCommand({
  name: 'status',
  summary: 'One orchestration in depth; exit 3 when it needs a human.',
  description: 'Without ID: who needs you.',
  examples: ['tmo status', 'tmo status hello-abcd', 'tmo status hello-abcd --json'],
  args: [{ name: 'id', description: 'an orchestration, or the beginning of its id' }],
  options: [{ flag: '--watch', description: 'show it again whenever something changes, until Ctrl-C' }],
  async run({ args, options, context }): Promise<OrchestrationView | ExitWith<OrchestrationView> | ExitWith> {
    const { id } = args
    if (id === undefined)
      return (await bareCommand.run({ args: {}, options: {}, rest: [], context })) as ExitWith
    await using daemon = await openDaemon(context)
    const read = (): Promise<OrchestrationView> => daemon.call('orchestration.status', { id })
    const show = (view: OrchestrationView): string => renderStatus(view, commandName(context))
    const view = options.watch ? await watch(context, daemon, read, show) : await read()
    return view.state === 'needs-human' ? exit(3, view) : view
  },
  render: (answer: OrchestrationView, context: Context) =>
    'agents' in answer ? renderStatus(answer, commandName(context)) : bareCommand.render?.(answer, context),
})

/** What a person wants to know first comes first. */
export function renderStatus(view: OrchestrationView, tmo: string): string {
  const integration = view.integration
    ? `${view.integration.branch} at ${view.integration.commit.slice(0, 12)}`
    : 'none'
  const verify = view.verify
    ? `${view.verify.exitCode === 0 ? 'green' : `red (exit ${view.verify.exitCode})`} at ${view.verify.commit.slice(0, 12)}: ${view.verify.command}`
    : 'no verify command ran'
  const head = formatTable([
    ['orchestration', `${view.id} (${view.title})`],
    ['state', view.cause === null ? view.state : `${view.state}: ${view.cause}`],
    ['project', view.project],
    ['base', `${view.base} at ${view.baseCommit.slice(0, 12)}`],
    ['integration', integration],
    ['verify', verify],
    [
      'messages',
      `${view.messages.submitted} submitted, ${view.messages.refused} refused, ${view.messages.unknown} unknown, ${view.messages.pending} pending`,
    ],
  ])
  const agents = formatTable(
    view.agents.map((agent) => [
      agent.name,
      agent.state,
      agent.branchState,
      String(agent.commits.length),
      agent.cause ?? '',
    ]),
    ['AGENT', 'STATE', 'BRANCH', 'COMMITS', 'CAUSE'],
  )
  const tasks = formatTable(
    view.tasks.map((task) => [task.id, task.state, task.owner ?? '-', task.title]),
    ['TASK', 'STATE', 'OWNER', 'TITLE'],
  )
  const conflicts = view.conflicts.map(
    (conflict) =>
      `conflict of ${conflict.agent} in ${conflict.files.join(', ')}, to be resolved by ${conflict.deadline ?? 'nobody said when'}`,
  )
  const permissions = view.permissions.map(
    (one) =>
      `${one.agent} ${wordingOfPermission(one)}\n  ${tmo} approve ${view.id}/${one.agent} --request ${one.request} · ${tmo} deny ${view.id}/${one.agent} --request ${one.request}`,
  )
  const questions = view.questions.map(
    (one) => `${one.agent} ${wordingOfQuestion(one)}\n  ${tmo} attach ${view.id}/${one.agent}`,
  )
  const errors = view.errors.map(
    (one) => `${one.agent}: ${wordingOfError(one)}\n  ${nextOfError(view, one, tmo)}`,
  )
  const held = view.held.map(
    (one) =>
      `${one.agent}: ${wordingOfHeld(one)}\n  ${tmo} attach ${view.id}/${one.agent} · ${tmo} explain ${view.id}/${one.agent}`,
  )
  const reports = view.reports
    .slice(-5)
    .map((report) => `${report.at} ${report.agent}: ${report.kind} ${report.note}`)
  const next = `look closer: ${tmo} attach ${view.id}/${view.agents[0]?.name ?? ''} · ${tmo} logs ${view.id}/${view.agents[0]?.name ?? ''} · ${tmo} diff ${view.id}`
  return [
    head,
    permissions.join('\n'),
    questions.join('\n'),
    errors.join('\n'),
    held.join('\n'),
    agents,
    tasks,
    conflicts.join('\n'),
    reports.join('\n'),
    next,
  ]
    .filter((part) => part !== '')
    .join('\n\n')
}
