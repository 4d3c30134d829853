import { type Command, defineCommand } from '@tmux-orchestrator/cli'
import { type DaemonEnd, runDaemon } from '@tmux-orchestrator/daemon'
import { findTmo } from './find-tmo.ts'

export const runCommand: Command = defineCommand({
  name: 'run',
  summary: 'Be the daemon, in the foreground, until interrupted.',
  description: 'For a service manager or a container. It logs to logs/daemon.log in its home.',
  examples: ['tmo-scheduler run'],
  async run({ context }): Promise<DaemonEnd> {
    const { env, signal, progress } = context
    const cliPath = findTmo(env)
    const step = progress.step('start the daemon')
    try {
      return await runDaemon({
        env,
        signal,
        ...(cliPath === undefined ? {} : { cliPath }),
        onReady: ({ pid, home }) => step.done(`pid ${pid}, home ${home}`),
      })
    } catch (error) {
      step.fail()
      throw error
    }
  },
  render: ({ cause }: DaemonEnd) => `daemon stopped: ${cause}`,
})
