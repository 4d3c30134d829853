import { type Command, defineCommand, type ExitWith, exit } from '@tmux-orchestrator/cli'
import { connectDaemon } from '@tmux-orchestrator/daemon'
import type { EngineRequests } from '@tmux-orchestrator/orchestrator'

type Answer = EngineRequests['work.merge']['result']

export const mergeCommand: Command = defineCommand({
  name: 'merge',
  summary: 'Queue reported work for the integration branch.',
  description:
    'A job verifies it, merges it as objects only, verifies again and moves the branch; tmo-sync status shows what came of it. What is not reported, merged already or in conflict is refused; exit 3 when nothing was queued.',
  examples: ['tmo-sync merge hello-abcd', 'tmo-sync merge hello-abcd/developer --dry-run'],
  args: [{ name: 'target', description: 'ID or ID/NAME', required: true }],
  options: [{ flag: '-n, --dry-run', description: 'only say what' }],
  async run({ args, options, context }): Promise<Answer | ExitWith<Answer>> {
    const { env, signal } = context
    await using daemon = await connectDaemon({ env, signal })
    const answer = await daemon.call('work.merge', { target: args.target, dryRun: options.dryRun })
    return answer.queued.length === 0 ? exit(3, answer) : answer
  },
  render: ({ queued, refused }: Answer) =>
    [
      ...queued.map((agent) => `${agent}: queued`),
      ...refused.map(({ agent, reason }) => `${agent}: ${reason}`),
    ].join('\n'),
})
