import {
  type Command,
  type Context,
  defineCommand,
  type ExitWith,
  exit,
  toPlainText,
} from '@tmux-orchestrator/cli'
import { isDaemonError, resolveHome, stopDaemon, tmuxSocket, tmuxSocketPath } from '@tmux-orchestrator/daemon'
import type { EngineRequests } from '@tmux-orchestrator/orchestrator'
import { agrees } from '../agrees.ts'
import { openDaemonFor } from '../daemon.ts'
import { endServer } from '../end-server.ts'
import { hasRun } from '../has-run.ts'
import { hasServer } from '../has-server.ts'
import { removeSocket } from '../remove-socket.ts'
import { chooseIds } from '../targets.ts'

interface CleanAnswer {
  readonly cleaned: readonly EngineRequests['orchestration.remove']['result'][]
  /** What ended with `--all`, or would. */
  readonly ended: readonly string[]
  readonly dryRun: boolean
}

/** Tear-down hooks take their time. */
const cleanMs = 1_800_000

const finished = new Set(['completed', 'failed', 'stopped'])

export const cleanCommand: Command = defineCommand({
  name: 'clean',
  summary: 'Remove what finished teams left.',
  description:
    'That is sessions, worktrees and merged branches. Unsaved work goes to a ref first, and a branch that alone holds commits stays. --all, when nothing is left, also ends the daemon and our own tmux server.',
  examples: ['tmo clean', 'tmo clean hello-abcd', 'tmo clean --all --yes', 'tmo clean --all --dry-run'],
  args: [{ name: 'id', description: 'only this one' }],
  options: [
    { flag: '--all', description: 'all that are finished, then the idle daemon and our tmux server' },
    { flag: '-n, --dry-run', description: 'only say what would go' },
    { flag: '-y, --yes', description: 'do not ask' },
  ],
  async run({ args, options, context }): Promise<CleanAnswer | ExitWith> {
    if (options.dryRun && !hasRun(context)) return { cleaned: [], ended: [], dryRun: true }
    await using daemon = await openDaemonFor(context, options)
    const ids =
      args.id === undefined
        ? await chooseIds(daemon, undefined, true, (row) => finished.has(row.state))
        : await chooseIds(daemon, args.id, options.all, () => true)
    const question = `Remove worktrees and merged branches of ${ids.join(', ')}?`
    if (ids.length > 0 && !options.yes && !options.dryRun && !(await agrees(context, question))) {
      return exit(3, { cleaned: [], ended: [], dryRun: false })
    }
    const cleaned: EngineRequests['orchestration.remove']['result'][] = []
    for (const id of ids) {
      cleaned.push(
        await daemon.call('orchestration.remove', { id, dryRun: options.dryRun }, { timeoutMs: cleanMs }),
      )
    }
    const { orchestrations } = await daemon.call('orchestration.list', {})
    const isIdle = orchestrations.every(({ id }) => options.dryRun && ids.includes(id))
    if (!options.all || !isIdle) return { cleaned, ended: [], dryRun: options.dryRun }
    const status = await daemon.status()
    if (options.dryRun) return { cleaned, ended: await listEnding(context, status), dryRun: true }
    await daemon.close()
    return { cleaned, ended: await endAll(context, status), dryRun: false }
  },
  render: (answer: CleanAnswer) => renderClean(answer),
})

interface Running {
  readonly pid: number
  readonly tmuxSocket: string
}

function socketOf({ env }: Context, { tmuxSocket: name }: Running): ReturnType<typeof tmuxSocket> {
  return tmuxSocket(resolveHome(env), { ...env, TMO_TMUX_SOCKET: name })
}

async function listEnding(context: Context, status: Running): Promise<readonly string[]> {
  const server = await hasServer(context, socketOf(context, status))
  return [...(server ? [`tmux server ${status.tmuxSocket}`] : []), `daemon ${status.pid}`]
}

async function endAll(context: Context, status: Running): Promise<readonly string[]> {
  const ended: string[] = []
  const home = resolveHome(context.env)
  const socket = socketOf(context, status)
  const server = await endServer(context.env, socket)
  if (server) ended.push(`tmux server ${status.tmuxSocket}`)
  try {
    const { stopped } = await stopDaemon(home, {
      env: context.env,
      signal: context.signal,
      timeoutMs: 15_000,
    })
    if (stopped) ended.push(`daemon ${status.pid}`)
  } catch (error) {
    if (!isDaemonError(error, 'NOT_RUNNING')) throw error
  }
  await removeSocket(tmuxSocketPath(socket, context.env))
  return ended
}

function renderClean({ cleaned, ended, dryRun }: CleanAnswer): string {
  const verb = dryRun ? 'would remove' : 'removed'
  const lines = cleaned.flatMap((one) => [
    `${one.id}: ${verb} ${one.removed.length === 0 ? 'nothing' : one.removed.join(', ')}`,
    ...(one.kept.length === 0 ? [] : [`  kept: ${one.kept.join(', ')}`]),
    ...one.failed.map((why) => `  not torn down: ${toPlainText(why)}`),
  ])
  lines.push(...ended.map((what) => `${dryRun ? 'would end' : 'ended'}: ${what}`))
  return lines.length === 0 ? 'nothing to clean' : lines.join('\n')
}
