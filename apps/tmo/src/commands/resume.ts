import { type Command, defineCommand } from '@tmux-orchestrator/cli'
import type { EngineRequests } from '@tmux-orchestrator/orchestrator'
import { openDaemon } from '../daemon.ts'
import { chooseIds } from '../targets.ts'

interface ResumeAnswer {
  readonly resumed: readonly EngineRequests['orchestration.resume']['result'][]
}

export const resumeCommand: Command = defineCommand({
  name: 'resume',
  summary: 'Bring a stopped or stuck team back, with its conversations.',
  examples: ['tmo resume hello-abcd', 'tmo resume --all'],
  args: [{ name: 'id', description: 'an orchestration' }],
  options: [{ flag: '--all', description: 'every one that is stopped or needs a human' }],
  async run({ args, options, context }): Promise<ResumeAnswer> {
    await using daemon = await openDaemon(context)
    const ids = await chooseIds(
      daemon,
      args.id,
      options.all,
      (row) => row.state === 'stopped' || row.state === 'needs-human',
    )
    const resumed = await Promise.all(ids.map((id) => daemon.call('orchestration.resume', { id })))
    return { resumed }
  },
  render: ({ resumed }: ResumeAnswer) =>
    resumed.length === 0 ? 'nothing to resume' : resumed.map((one) => `${one.id} is ${one.state}`).join('\n'),
})
