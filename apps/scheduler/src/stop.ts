import { type Command, defineCommand } from '@tmux-orchestrator/cli'
import { resolveHome, stopDaemon } from '@tmux-orchestrator/daemon'

/** What `tmo-scheduler stop --json` prints. */
export interface StopAnswer {
  /** False when no daemon ran. */
  readonly stopped: boolean
  readonly pid?: number
  readonly home: string
}

export const stopCommand: Command = defineCommand({
  name: 'stop',
  summary: 'End the daemon; agents and their tmux sessions go on without it.',
  description:
    'Waits until its process is gone. What agents say meanwhile is kept and takes effect at the next start.',
  examples: ['tmo-scheduler stop', 'tmo-scheduler stop --timeout 5'],
  options: [
    {
      flag: '--timeout <s>',
      description: 'seconds to wait for its end',
      type: 'integer',
      min: 1,
      max: 3600,
      default: 15,
    },
  ],
  async run({ options, context: { env, signal } }): Promise<StopAnswer> {
    const home = resolveHome(env)
    return { ...(await stopDaemon(home, { env, signal, timeoutMs: options.timeout * 1000 })), home }
  },
  render: ({ stopped, pid, home }: StopAnswer) =>
    stopped ? `daemon stopped: pid ${pid}, home ${home}` : `no daemon ran for ${home}`,
})
