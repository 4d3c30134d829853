import { realpathSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { type Command, defineCommand } from '@tmux-orchestrator/cli'
import {
  connectDaemon,
  DaemonError,
  type InstalledService,
  installService,
  isDaemonError,
  resolveHome,
  stopDaemon,
  uninstallService,
} from '@tmux-orchestrator/daemon'

const dryRun = { flag: '-n, --dry-run', description: 'only tell what would be done' } as const

export const installCommand: Command = defineCommand({
  name: 'install',
  summary: 'Keep the daemon running as a service of your user (systemd, launchd).',
  description:
    'Starts it now and after each start of the machine. Ending or restarting the service leaves tmux and the agents alone.',
  examples: ['tmo-scheduler install', 'tmo-scheduler install --dry-run'],
  options: [dryRun],
  async run({ options, context: { env, signal } }): Promise<InstalledService> {
    const program = realpathSync(process.argv[1] ?? '')
    // This program is the daemon's also where `tmo daemon` called it.
    const argv = [process.execPath, program, 'run']
    const beforeStart = async (): Promise<void> => void (await stopDaemon(resolveHome(env), { env, signal }))
    const afterStart = (): Promise<void> => waitForDaemon(env, signal)
    return await installService({ env, argv, beforeStart, afterStart, dryRun: options.dryRun === true })
  },
  render: ({ file, text, installed, survivesLogout, hint }: InstalledService) =>
    installed
      ? [`service installed: ${file}`, ...(survivesLogout || hint === undefined ? [] : [hint])].join('\n')
      : `${file} would be:\n\n${text}`,
})

/** What `tmo-scheduler uninstall --json` prints. */
export type UninstallAnswer = ReturnType<typeof uninstallService>

export const uninstallCommand: Command = defineCommand({
  name: 'uninstall',
  summary: 'Take the service away and end its daemon; tmux and the agents go on.',
  examples: ['tmo-scheduler uninstall', 'tmo-scheduler uninstall --dry-run'],
  options: [dryRun],
  async run({ options, context: { env } }): Promise<UninstallAnswer> {
    return uninstallService({ env, dryRun: options.dryRun === true })
  },
  render: ({ removed, file }: UninstallAnswer) =>
    removed ? `service removed: ${file}` : `no service was removed: ${file}`,
})

const startMs = 30_000
const pollMs = 50

type Environment = Readonly<Record<string, string | undefined>>

/** A service that was started is not yet a daemon that answers. */
async function waitForDaemon(env: Environment, signal: AbortSignal): Promise<void> {
  const deadline = performance.now() + startMs
  for (;;) {
    const silence = await whyNoAnswer(env, signal)
    if (silence === undefined) return
    if (performance.now() > deadline) throw neverAnswered(silence)
    await setTimeout(pollMs, undefined, { signal })
  }
}

/** On its own: what lowers `await using` for older Nodes keeps an error of an earlier turn when it stands in a loop. */
async function whyNoAnswer(env: Environment, signal: AbortSignal): Promise<DaemonError | undefined> {
  try {
    await using daemon = await connectDaemon({ env, signal })
    await daemon.status()
    return undefined
  } catch (error) {
    if (isDaemonError(error, 'NOT_RUNNING') || isDaemonError(error, 'CONNECTION_LOST')) return error
    throw error
  }
}

function neverAnswered(cause: DaemonError): DaemonError {
  const what = `the service was started, and no daemon answered within ${startMs / 1000} s`
  const hint =
    'it was taken away again, and no daemon runs now; see what tmo-scheduler run says, or start one: tmo-scheduler start'
  return new DaemonError('SERVICE_FAILED', what, { hint, cause })
}
