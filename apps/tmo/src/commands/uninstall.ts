import { type Command, type Context, defineCommand, type ExitWith, exit } from '@tmux-orchestrator/cli'
import {
  callerOf,
  connectDaemon,
  findService,
  isDaemonError,
  refuseAgent,
  resolveHome,
  stopDaemon,
  tmuxSocket,
  tmuxSocketPath,
  uninstallService,
} from '@tmux-orchestrator/daemon'
import { agrees } from '../agrees.ts'
import { explainNewer, openDaemon } from '../daemon.ts'
import { type Data, dataOf } from '../data-of.ts'
import { endServer } from '../end-server.ts'
import { hasRun } from '../has-run.ts'
import { hasServer } from '../has-server.ts'
import { removeSocket } from '../remove-socket.ts'
import { stopTeams } from '../stop-teams.ts'

interface UninstallAnswer {
  readonly ended: readonly string[]
  /** What could not be ended, with the command that does. */
  readonly left: readonly string[]
  /** Where nothing is left to end, each with the command that removes it. */
  readonly data: readonly (Omit<Data, 'remove'> & Partial<Data>)[]
  readonly dryRun: boolean
}

export const uninstallCommand: Command = defineCommand({
  name: 'uninstall',
  summary: 'End all that runs of this home, and say where its data lies.',
  description:
    'Run it before npm uninstall -g, which ends nothing. Teams are stopped and their uncommitted work saved to refs; the service, the daemon and our own tmux server end. No data is removed: branches, worktrees, database and settings stay, and the commands that remove them are printed. Exit 3 when something still runs.',
  examples: ['tmo uninstall', 'tmo uninstall --yes', 'tmo uninstall --dry-run'],
  options: [
    { flag: '-n, --dry-run', description: 'only say what would end, and where data lies' },
    { flag: '-y, --yes', description: 'do not ask' },
  ],
  async run({ options, context }): Promise<UninstallAnswer | ExitWith<UninstallAnswer>> {
    refuseAgent(callerOf(context.env), 'uninstall')
    const data = dataOf(context)
    const { dryRun } = options
    if (dryRun) return { ended: await listRunning(context), left: [], data, dryRun }
    const isAgreed = options.yes || (await agrees(context, 'End every team, the daemon and our tmux server?'))
    const { ended, left } = isAgreed ? await endAll(context) : { ended: [], left: ['all of it: you said no'] }
    if (left.length === 0) return { ended, left, data, dryRun }
    // What still runs writes there.
    return exit(3, { ended, left, data: data.map(({ what, place }) => ({ what, place })), dryRun })
  },
  render: (answer: UninstallAnswer) => renderUninstall(answer),
})

/** Starts nothing: where no daemon runs, the teams whose windows are left are not named. */
async function listRunning(context: Context): Promise<readonly string[]> {
  const { env } = context
  const socket = tmuxSocket(resolveHome(env), env)
  const service = findService({ env })
  return [
    ...(await listOfDaemon(context)),
    ...(service ? [`service ${service.name}`] : []),
    ...((await hasServer(context, socket))
      ? [`tmux server ${'name' in socket ? socket.name : socket.path}`]
      : []),
  ]
}

async function listOfDaemon({ env, signal }: Context): Promise<readonly string[]> {
  try {
    await using daemon = await connectDaemon({ env, signal })
    const { orchestrations } = await daemon.call('orchestration.list', {})
    return [...orchestrations.map(({ id, state }) => `team ${id}, ${state}`), `daemon ${daemon.daemon.pid}`]
  } catch (error) {
    if (isDaemonError(error, 'NOT_RUNNING') || isDaemonError(error, 'CONNECTION_LOST')) return []
    throw error
  }
}

async function endAll(context: Context): Promise<{ ended: readonly string[]; left: readonly string[] }> {
  const ended: string[] = []
  const left: string[] = []
  const home = resolveHome(context.env)
  const socket = tmuxSocket(home, context.env)
  if (hasRun(context)) {
    try {
      await using daemon = await openDaemon(context)
      const teams = await stopTeams(daemon)
      ended.push(...teams.ended)
      // The stops that go on are the daemon's.
      if (teams.left.length > 0) return { ended, left: [...teams.left, `daemon ${daemon.daemon.pid}`] }
    } catch (error) {
      const known = explainNewer(error)
      left.push(`teams: ${known instanceof Error ? known.message : String(known)}`)
    }
  }
  const service = uninstallService({ env: context.env })
  if (service.removed) ended.push(`service ${service.name}`)
  const daemon = await stopDaemon(home, { env: context.env, signal: context.signal })
  if (daemon.stopped) ended.push(`daemon ${daemon.pid}`)
  const name = 'name' in socket ? `-L ${socket.name}` : `-S ${socket.path}`
  const tmux = context.env['TMO_TMUX'] || 'tmux'
  if (await endServer(context.env, socket)) ended.push(`tmux server ${name.slice(3)}`)
  else if (await hasServer(context, socket))
    left.push(`windows of the tmux server; look, then: ${tmux} ${name} kill-server`)
  await removeSocket(tmuxSocketPath(socket, context.env))
  return { ended, left }
}

function renderUninstall({ ended, left, data, dryRun }: UninstallAnswer): string {
  const verb = dryRun ? 'would end' : 'ended'
  return [
    ...(ended.length === 0 ? ['nothing runs'] : ended.map((what) => `${verb}: ${what}`)),
    ...left.map((what) => `still there: ${what}`),
    ...(data.length === 0
      ? []
      : [left.length === 0 ? 'what stays, with the command that removes it:' : 'what stays:']),
    ...data.map(
      ({ what, place, remove }) => `  ${what} in ${place}${remove === undefined ? '' : `: ${remove}`}`,
    ),
    ...(left.length === 0 ? [] : ['once that has ended, tmo uninstall again says how to remove it']),
    'branches, saved work (refs/tmo) and .tmo/config.yaml stay in your repositories',
    'the program itself: npm uninstall -g tmux-orchestrator',
  ].join('\n')
}
