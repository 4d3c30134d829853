import { type Command, defineCommand } from '@tmux-orchestrator/cli'
import type { EngineRequests } from '@tmux-orchestrator/orchestrator'
import { openDaemon } from '../daemon.ts'

type Answer = EngineRequests['work.diff']['result']

export const diffCommand: Command = defineCommand({
  name: 'diff',
  summary: 'What a team, or one agent, changed since the base.',
  examples: ['tmo diff hello-abcd', 'tmo diff hello-abcd/developer --stat'],
  args: [{ name: 'target', description: 'ID or ID/NAME', required: true }],
  options: [{ flag: '--stat', description: 'files and counts only' }],
  async run({ args, options, context }): Promise<Answer> {
    await using daemon = await openDaemon(context)
    return await daemon.call('work.diff', { target: args.target, stat: options.stat })
  },
  render: ({ diff }: Answer) => (diff === '' ? 'no changes' : diff.trimEnd()),
})
