import { existsSync } from 'node:fs'
import { type Command, type Context, defineCommand, type ExitWith, exit } from '@tmux-orchestrator/cli'
import {
  callerOf,
  homePaths,
  refuseAgent,
  resolveHome,
  stopDaemon,
  tmuxSocket,
  tmuxSocketPath,
  uninstallService,
} from '@tmux-orchestrator/daemon'
import { explainNewer, openDaemon } from '../daemon.ts'
import { type Data, dataOf } from '../data-of.ts'
import { endServer } from '../end-server.ts'
import { removeSocket } from '../remove-socket.ts'

interface UninstallAnswer {
  readonly ended: readonly string[]
  /** What could not be ended, with the command that does. */
  readonly left: readonly string[]
  readonly data: readonly Data[]
  readonly dryRun: boolean
}

const teamMs = 90_000

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
    const isAgreed = options.yes || (await context.confirm('End every team, the daemon and our tmux server?'))
    if (isAgreed === false) return exit(3, { ended: [], left: ['all of it: you said no'], data, dryRun })
    const { ended, left } = await endAll(context)
    const answer = { ended, left, data, dryRun }
    return left.length === 0 ? answer : exit(3, answer)
  },
  render: (answer: UninstallAnswer) => renderUninstall(answer),
})

/** Without a database nothing was ever started here. */
function hasRun(context: Context): boolean {
  return existsSync(homePaths(resolveHome(context.env)).database) || !!context.env['TMO_DATABASE_URL']
}

async function listRunning(context: Context): Promise<readonly string[]> {
  if (!hasRun(context)) return []
  await using daemon = await openDaemon(context)
  const { orchestrations } = await daemon.call('orchestration.list', {})
  const { pid, tmuxSocket: socket } = await daemon.status()
  return [
    ...orchestrations.map(({ id, state }) => `team ${id}, ${state}`),
    `daemon ${pid}`,
    `tmux server ${socket}`,
  ]
}

async function endAll(context: Context): Promise<{ ended: readonly string[]; left: readonly string[] }> {
  const ended: string[] = []
  const left: string[] = []
  const home = resolveHome(context.env)
  const socket = tmuxSocket(home, context.env)
  if (hasRun(context)) {
    try {
      ended.push(...(await stopTeams(context)))
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

async function stopTeams(context: Context): Promise<readonly string[]> {
  await using daemon = await openDaemon(context)
  const { orchestrations } = await daemon.call('orchestration.list', {})
  const stopped = await Promise.all(
    orchestrations.map(({ id }) => daemon.call('orchestration.stop', { id }, { timeoutMs: teamMs })),
  )
  return stopped.map(
    ({ id, preserved }) => `team ${id}${preserved.length === 0 ? '' : `; saved in ${preserved.join(', ')}`}`,
  )
}

async function hasServer(context: Context, socket: ReturnType<typeof tmuxSocket>): Promise<boolean> {
  const { isTmuxError, Tmux } = await import('@tmux-orchestrator/tmux-driver')
  try {
    await using _ = await Tmux.open({ socket, tmux: context.env['TMO_TMUX'] || 'tmux', start: false })
    return true
  } catch (error) {
    if (isTmuxError(error)) return false
    throw error
  }
}

function renderUninstall({ ended, left, data, dryRun }: UninstallAnswer): string {
  const verb = dryRun ? 'would end' : 'ended'
  return [
    ...(ended.length === 0 ? ['nothing runs'] : ended.map((what) => `${verb}: ${what}`)),
    ...left.map((what) => `still there: ${what}`),
    ...(data.length === 0 ? [] : ['what stays, with the command that removes it:']),
    ...data.map(({ what, place, remove }) => `  ${what} in ${place}: ${remove}`),
    'branches, saved work (refs/tmo) and .tmo/config.yaml stay in your repositories',
    'the program itself: npm uninstall -g tmux-orchestrator',
  ].join('\n')
}
