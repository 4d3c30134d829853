import {
  type Command,
  type Context,
  defineCommand,
  type ExitWith,
  exit,
  formatDuration,
  formatTable,
} from '@tmux-orchestrator/cli'
import { connectDaemon, type DaemonStatus, isDaemonError, resolveHome } from '@tmux-orchestrator/daemon'

/** What `tmo-scheduler status --json` prints. */
export type StatusAnswer = DaemonStatus | { readonly running: false; readonly home: string }

export const statusCommand: Command = defineCommand({
  name: 'status',
  summary: 'Whether the daemon runs, since when, and how it does; exit 3 when none runs.',
  examples: ['tmo-scheduler status', 'tmo-scheduler status --json'],
  async run({ context: { env, signal } }): Promise<StatusAnswer | ExitWith<StatusAnswer>> {
    try {
      await using daemon = await connectDaemon({ env, signal })
      return await daemon.status({ signal, timeoutMs: 5_000 })
    } catch (error) {
      if (!isDaemonError(error, 'NOT_RUNNING')) throw error
      return exit(3, { running: false, home: resolveHome(env) })
    }
  },
  render: (answer: StatusAnswer, context: Context) =>
    answer.running ? renderRunning(answer, context.now()) : `no daemon runs for ${answer.home}`,
})

function renderRunning(status: DaemonStatus, now: number): string {
  const { counters, jobs, loopDelayMs } = status
  const since = formatDuration(now - Date.parse(status.startedAt))
  const perCommit = counters.commandsPerCommit === null ? '' : `, ${counters.commandsPerCommit} per commit`
  return formatTable([
    ['daemon', `running, pid ${status.pid}, for ${since}`],
    ['home', status.home],
    ['version', `${status.version}, protocol ${status.protocol}`],
    ['socket', status.socket],
    ['tmux', status.tmuxSocket],
    ['database', status.database],
    ['clients', `${counters.clients} now, ${counters.clientsAccepted} in all`],
    [
      'requests',
      `${counters.requests}, ${counters.requestsFailed} refused or failed, ${counters.verbs} by agents`,
    ],
    ['commands', `${counters.commands} in ${counters.commits} commits${perCommit}`],
    [
      'jobs',
      `${jobs.running} running, ${jobs.ready} ready, ${jobs.scheduled} scheduled, ${jobs.blocked} blocked, ${jobs.dead} dead`,
    ],
    ['done', `${jobs.succeededPerMinute} jobs in the last minute`],
    ['lag', renderLag(status)],
    ['loop delay', `${loopDelayMs.p50} ms median, ${loopDelayMs.p99} ms at 99 %`],
    ['memory', `${Math.round(status.memoryBytes / 1_048_576)} MiB`],
  ])
}

function renderLag({ jobs }: DaemonStatus): string {
  const { lagMsP50, lagMsP99, oldestOverdueMs } = jobs
  const past =
    lagMsP50 === undefined ? 'no job lately' : `${lagMsP50} ms median, ${lagMsP99 ?? lagMsP50} ms at 99 %`
  return oldestOverdueMs === undefined
    ? `${past}, nothing overdue`
    : `${past}, oldest overdue ${formatDuration(oldestOverdueMs)}`
}
