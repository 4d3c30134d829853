import { type Command, defineCommand, formatTable } from '@tmux-orchestrator/cli'
import { connectDaemon, type DaemonRequests } from '@tmux-orchestrator/daemon'

/** What `tmo-scheduler jobs --json` prints. */
export type JobsAnswer = DaemonRequests['jobs']['result']

const states = ['scheduled', 'ready', 'blocked', 'running', 'succeeded', 'dead', 'cancelled'] as const

export const jobsCommand: Command = defineCommand({
  name: 'jobs',
  summary: 'The jobs of this host: check-ins, verifications and what else is due.',
  examples: ['tmo-scheduler jobs', 'tmo-scheduler jobs --state dead --json'],
  options: [
    { flag: '--state <state>', description: 'only those in this state', choices: states },
    {
      flag: '--limit <n>',
      description: 'at most so many',
      type: 'integer',
      min: 1,
      max: 10_000,
      default: 100,
    },
  ],
  async run({ options, context: { env, signal } }): Promise<JobsAnswer> {
    await using daemon = await connectDaemon({ env, signal })
    const { state, limit } = options
    return await daemon.call('jobs', { limit, ...(state === undefined ? {} : { state }) }, { signal })
  },
  render({ jobs }: JobsAnswer): string {
    if (jobs.length === 0) return 'no jobs'
    const rows = jobs.map((job) => [
      job.id,
      job.kind,
      job.state,
      String(job.attempt),
      job.dueAt ?? '-',
      job.lastError ?? '',
    ])
    return formatTable(rows, ['ID', 'KIND', 'STATE', 'ATTEMPT', 'DUE', 'LAST ERROR'])
  },
})
