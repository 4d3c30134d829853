import { type Command, defineCommand } from '@tmux-orchestrator/cli'
import type { EventView } from '@tmux-orchestrator/orchestrator'
import { openDaemon } from '../daemon.ts'
import { wordingOfEvent } from '../wording-of-event.ts'

interface LogsAnswer {
  readonly target: string
  readonly lines: readonly string[]
}

export const logsCommand: Command = defineCommand({
  name: 'logs',
  summary: "An agent's screen with its history, or a whole team's events.",
  examples: [
    'tmo logs hello-abcd/developer',
    'tmo logs hello-abcd',
    'tmo logs hello-abcd/developer --lines 50',
  ],
  args: [{ name: 'target', description: 'ID (events) or ID/NAME (screen)', required: true }],
  options: [
    {
      flag: '--lines <n>',
      description: 'at most so many, the newest',
      type: 'integer',
      min: 1,
      max: 50_000,
      default: 2000,
    },
  ],
  async run({ args, options, context }): Promise<LogsAnswer> {
    await using daemon = await openDaemon(context)
    const { target } = args
    if (target.includes('/')) {
      const screen = await daemon.call('agent.screen', { target, lines: options.lines })
      return { target, lines: screen.lines.slice(-options.lines) }
    }
    const { id } = await daemon.call('orchestration.status', { id: target })
    const events: EventView[] = []
    for (let after = 0; ; after = events.at(-1)?.seq ?? after) {
      const page = await daemon.call('event.list', { stream: id, after, limit: 1000 })
      events.push(...page.events)
      if (page.events.length < 1000) break
    }
    return { target: id, lines: events.map(wordingOfEvent).slice(-options.lines) }
  },
  render: (answer: LogsAnswer) => answer.lines.join('\n'),
})
