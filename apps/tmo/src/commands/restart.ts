import { CliError, type Command, defineCommand } from '@tmux-orchestrator/cli'
import {
  callerOf,
  findService,
  inspectDatabase,
  refuseAgent,
  resolveHome,
  stopDaemon,
} from '@tmux-orchestrator/daemon'
import { explainNewer, openDaemon } from '../daemon.ts'

interface RestartAnswer {
  readonly home: string
  readonly pid: number
  readonly version: string
  /** Of the daemon that ended; `null` when none ran. */
  readonly ended: number | null
}

export const restartCommand: Command = defineCommand({
  name: 'restart',
  summary: 'Replace the daemon by one of this version; teams go on.',
  description:
    'For an upgrade or a downgrade under a running daemon. Nothing is ended when the database is one that this version cannot use, or where a service keeps the daemon: then its own restart command is named.',
  examples: ['tmo restart'],
  async run({ context }): Promise<RestartAnswer> {
    const { env, signal } = context
    refuseAgent(callerOf(env), 'restart')
    const home = resolveHome(env)
    await inspectDatabase({ env }).catch((error: unknown) => {
      throw explainNewer(error)
    })
    const service = findService({ env })
    if (service) {
      throw new CliError(
        'KEPT_BY_SERVICE',
        `the service ${service.name} keeps this daemon; nothing was ended`,
        {
          hint: `${service.restart} (${service.file})`,
        },
      )
    }
    const ended = await stopDaemon(home, { env, signal })
    await using daemon = await openDaemon(context)
    const { pid, version } = daemon.daemon
    return { home, pid, version, ended: ended.stopped ? ended.pid : null }
  },
  render: ({ home, pid, version, ended }: RestartAnswer) =>
    `${ended === null ? 'no daemon ran' : `ended: daemon ${ended}`}; daemon ${pid} of version ${version} runs for ${home}`,
})
