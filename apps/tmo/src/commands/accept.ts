import { type Command, defineCommand, type ExitWith, exit } from '@tmux-orchestrator/cli'
import type { EngineRequests } from '@tmux-orchestrator/orchestrator'
import { openDaemonFor } from '../daemon.ts'

type Answer = EngineRequests['work.accept']['result']

export const acceptCommand: Command = defineCommand({
  name: 'accept',
  summary: 'Bring the integration branch into a branch of yours.',
  description:
    'Fast-forward or merge, as refs and objects only. A branch that is checked out somewhere is left alone; the answer then is no (exit 3), with the command to run there.',
  examples: ['tmo accept hello-abcd --into release', 'tmo accept hello-abcd --into main --dry-run'],
  args: [{ name: 'id', description: 'a completed orchestration', required: true }],
  options: [
    { flag: '--into <branch>', description: 'your branch; the base by default' },
    { flag: '-n, --dry-run', description: 'only say what would happen' },
  ],
  async run({ args, options, context }): Promise<Answer | ExitWith<Answer>> {
    await using daemon = await openDaemonFor(context, options)
    const branch = options.into ?? (await daemon.call('orchestration.status', { id: args.id })).base
    const answer = await daemon.call('work.accept', { id: args.id, branch, dryRun: options.dryRun })
    const isNo = answer.status === 'refused' || answer.status === 'conflicted'
    return isNo ? exit(3, answer) : answer
  },
  render: (answer: Answer) =>
    answer.commit === null
      ? `${answer.status}: ${answer.reasons.join('; ')}`
      : `${answer.branch}: ${answer.status}, at ${answer.commit.slice(0, 12)}`,
})
