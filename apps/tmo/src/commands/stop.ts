import { type Command, defineCommand, type ExitWith, exit } from '@tmux-orchestrator/cli'
import type { EngineRequests } from '@tmux-orchestrator/orchestrator'
import { openDaemonFor } from '../daemon.ts'
import { chooseIds } from '../targets.ts'

interface StopAnswer {
  readonly stopped: readonly EngineRequests['orchestration.stop']['result'][]
}

interface WouldStop {
  readonly wouldStop: readonly string[]
}

const ended: ReadonlySet<string> = new Set(['stopped', 'completed', 'failed'])

export const stopCommand: Command = defineCommand({
  name: 'stop',
  summary: 'End a team; its work is kept.',
  description: 'Commits stay in their branches; what is in no commit is saved to refs first.',
  examples: ['tmo stop hello-abcd', 'tmo stop --all'],
  args: [{ name: 'id', description: 'an orchestration' }],
  options: [
    { flag: '--all', description: 'every one of this home' },
    { flag: '-n, --dry-run', description: 'only say which' },
  ],
  async run({ args, options, context }): Promise<StopAnswer | WouldStop | ExitWith<StopAnswer>> {
    await using daemon = await openDaemonFor(context, options)
    const ids = await chooseIds(daemon, args.id, options.all, () => true)
    if (options.dryRun) return { wouldStop: ids }
    const stopped = await Promise.all(
      ids.map((id) => daemon.call('orchestration.stop', { id }, { timeoutMs: 90_000 })),
    )
    return stopped.every((one) => ended.has(one.state)) ? { stopped } : exit(1, { stopped })
  },
  render: (answer: StopAnswer | WouldStop) => {
    if ('wouldStop' in answer) return `would stop: ${answer.wouldStop.join(', ') || 'nothing'}`
    if (answer.stopped.length === 0) return 'nothing to stop'
    return answer.stopped
      .map(
        (one) =>
          `${one.id} is ${one.state}${one.preserved.length > 0 ? `; saved in ${one.preserved.join(', ')}` : ''}`,
      )
      .join('\n')
  },
})
