import { type Command, defineCommand, formatTable } from '@tmux-orchestrator/cli'
import { connectDaemon, type DaemonRequests } from '@tmux-orchestrator/daemon'

/** What `tmo-scheduler jobs --json` prints. */
export type JobsAnswer = DaemonRequests['jobs']['result']

const states = ['scheduled', 'ready', 'blocked', 'running', 'succeeded', 'dead', 'cancelled'] as const

const limitOption = {
  flag: '--limit <n>',
  description: 'at most so many',
  type: 'integer',
  min: 1,
  max: 10_000,
  default: 100,
} as const

export const jobsCommand: Command = defineCommand({
  name: 'jobs',
  summary: 'The jobs of this host: check-ins, verifications and what else is due.',
  examples: ['tmo-scheduler jobs', 'tmo-scheduler jobs --state dead --json'],
  options: [
    { flag: '--state <state>', description: 'only those in this state', choices: states },
    limitOption,
  ],
  async run({ options, context: { env, signal } }): Promise<JobsAnswer> {
    await using daemon = await connectDaemon({ env, signal })
    const { state, limit } = options
    return await daemon.call('jobs', { limit, ...(state === undefined ? {} : { state }) }, { signal })
  },
  render: renderJobs,
})

export const deadCommand: Command = defineCommand({
  name: 'dead',
  summary: 'The jobs that failed for the last time; tmo-scheduler retry brings one back.',
  examples: ['tmo-scheduler dead', 'tmo-scheduler dead --json'],
  options: [limitOption],
  async run({ options, context: { env, signal } }): Promise<JobsAnswer> {
    await using daemon = await connectDaemon({ env, signal })
    return await daemon.call('jobs', { limit: options.limit, state: 'dead' }, { signal })
  },
  render: renderJobs,
})

/** What `tmo-scheduler retry --json` prints. */
export type RetryAnswer = DaemonRequests['jobs.retry']['result']

export const retryCommand: Command = defineCommand({
  name: 'retry',
  summary: 'Make a dead job ready again, with as many attempts as it had.',
  examples: ['tmo-scheduler retry 01980f2e-7c1a-7000-8000-2f1d3c4b5a69'],
  args: [{ name: 'id', description: 'the id that tmo-scheduler dead shows', required: true }],
  async run({ args, context: { env, signal } }): Promise<RetryAnswer> {
    await using daemon = await connectDaemon({ env, signal })
    return await daemon.call('jobs.retry', { id: args.id }, { signal })
  },
  render: ({ id }: RetryAnswer) => `job ${id} is ready again`,
})

function renderJobs({ jobs }: JobsAnswer): string {
  if (jobs.length === 0) return 'no jobs'
  const rows = jobs.map((job) => [
    job.id,
    job.kind,
    job.state,
    String(job.attempt),
    String(job.crashCount),
    job.dueAt ?? '-',
    job.lastError ?? '',
  ])
  return formatTable(rows, ['ID', 'KIND', 'STATE', 'ATTEMPT', 'CRASHES', 'DUE', 'LAST ERROR'])
}
