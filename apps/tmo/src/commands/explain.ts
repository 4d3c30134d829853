import { type Command, defineCommand, formatDuration, formatTable, toPlainText } from '@tmux-orchestrator/cli'
import type { EngineRequests, SignalView } from '@tmux-orchestrator/orchestrator'
import { openDaemon } from '../daemon.ts'
import { wordingOfBox } from '../wording-of-box.ts'

type Answer = EngineRequests['agent.explain']['result']

export const explainCommand: Command = defineCommand({
  name: 'explain',
  summary: 'What an agent does, and by which signals that is known.',
  description:
    'The first line that decides comes from the best source that its program has. A source of none says that nothing is known.',
  examples: ['tmo explain hello-abcd/developer', 'tmo explain hello-abcd/developer --json'],
  args: [{ name: 'target', description: 'ID/NAME', required: true }],
  async run({ args, context }): Promise<Answer> {
    await using daemon = await openDaemon(context)
    return await daemon.call('agent.explain', { target: args.target })
  },
  render: (answer: Answer) => renderExplanation(answer),
})

export function renderExplanation(answer: Answer): string {
  const state = answer.cause === null ? answer.state : `${answer.state}: ${answer.cause}`
  const head = formatTable([
    ['agent', answer.agent],
    ['program', answer.program],
    ['state', state],
    ...(answer.watchedOnly === null ? [] : [['watched only', answer.watchedOnly]]),
    ['prompt box', wordingOfBox(answer.box)],
    // a daemon of an earlier version names none
    ...(answer.screenRules
      ? [['screen rules', toPlainText(`${answer.screenRules.version}, ${answer.screenRules.source}`)]]
      : []),
  ])
  const rows = [
    ['decided', ...cellsOf(answer.verdict)],
    ...answer.others.map((signal) => ['also said', ...cellsOf(signal)]),
  ]
  const signals = formatTable(rows, ['', 'ACTIVITY', 'SOURCE', 'AGE', 'DETAIL'])
  const note = answer.others.length === 0 ? 'no other signal was read' : ''
  return [head, signals, note].filter((part) => part !== '').join('\n\n')
}

function cellsOf(signal: SignalView): readonly string[] {
  const age = signal.ageMs === null ? '-' : formatDuration(signal.ageMs)
  return [stateOf(signal), signal.source, age, toPlainText(signal.detail ?? '')]
}

function stateOf({ state, error, resetAt }: SignalView): string {
  if (error !== undefined) return `${state} (${error})`
  if (resetAt === undefined) return state
  return `${state} (until ${resetAt ?? 'nobody knows when'})`
}
