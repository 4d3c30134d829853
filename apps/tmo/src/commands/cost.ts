import { type Command, defineCommand, UsageError } from '@tmux-orchestrator/cli'
import type { EngineRequests } from '@tmux-orchestrator/orchestrator'
import { openDaemon } from '../daemon.ts'
import { renderCosts } from '../render-cost.ts'

type Answer = EngineRequests['usage.cost']['result']

export const costCommand: Command = defineCommand({
  name: 'cost',
  summary: 'Tokens and money of teams and agents, and where time went.',
  description:
    'Read from each program’s own records: a dash is what a program does not tell, + what is at least so much because a part is not told. INJECTED is what tmo itself put in (briefs, check-ins, notices), about a token for four characters; its tokens are part of the input.',
  examples: ['tmo cost', 'tmo cost hello-abcd', 'tmo cost --all --json'],
  args: [{ name: 'id', description: 'only this team, also when it was cleaned away' }],
  options: [{ flag: '--all', description: 'also those that were cleaned away' }],
  async run({ args, options, context }): Promise<Answer> {
    if (args.id !== undefined && options.all) {
      throw new UsageError('say either an ID or --all', { hint: 'tmo cost ID, or tmo cost --all' })
    }
    await using daemon = await openDaemon(context)
    const asked = args.id === undefined ? { all: options.all } : { id: args.id }
    return await daemon.call('usage.cost', asked, { timeoutMs: 120_000 })
  },
  render: ({ orchestrations }: Answer) => renderCosts(orchestrations),
})
