import { realpathSync } from 'node:fs'
import { type Command, defineCommand } from '@tmux-orchestrator/cli'
import {
  type InstalledService,
  installService,
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
    const isTmo = env['TMO_CLI'] !== undefined && env['TMO_CLI'] !== ''
    const argv = [process.execPath, program, ...(isTmo ? ['daemon', 'run'] : ['run'])]
    const beforeStart = async (): Promise<void> => void (await stopDaemon(resolveHome(env), { env, signal }))
    return await installService({ env, argv, beforeStart, dryRun: options.dryRun === true })
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
