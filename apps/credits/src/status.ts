import { type Command, type Context, defineCommand, formatTable, toPlainText } from '@tmux-orchestrator/cli'
import { connectDaemon } from '@tmux-orchestrator/daemon'
import type { LimitView } from '@tmux-orchestrator/orchestrator'
import { type Clock, clockOf, formatInstant } from './format-instant.ts'

/** What `tmo-credits status --json` prints. */
export interface StatusAnswer {
  readonly timeZone: string
  readonly limits: readonly LimitView[]
}

export const statusCommand: Command = defineCommand({
  name: 'status',
  summary: 'Who is held up by a limit, why, until when, and what happens then.',
  description:
    'Times are those of this machine’s time zone, which is named; --json has UTC. What is known outlives the daemon; only while one runs is anybody told to go on.',
  examples: ['tmo-credits status', 'tmo-credits status hello-abcd --json'],
  args: [{ name: 'id', description: 'only this team' }],
  async run({ args, context }): Promise<StatusAnswer> {
    const { env, signal } = context
    await using daemon = await connectDaemon({ env, signal })
    const asked = args.id === undefined ? {} : { id: args.id }
    const { limits } = await daemon.call('limit.list', asked)
    return { timeZone: clockOf(context).timeZone, limits }
  },
  render: (answer: StatusAnswer, context: Context) => renderStatus(answer.limits, clockOf(context)),
})

export function renderStatus(limits: readonly LimitView[], clock: Clock): string {
  if (limits.length === 0) return 'nobody is held up by a limit'
  const rows = limits.map((limit) => [
    limit.agent,
    limit.program,
    limit.resetAt === null ? 'nobody knows' : formatInstant(limit.resetAt, clock),
    thenOf(limit, clock),
    toPlainText(limit.detail ?? ''),
  ])
  return formatTable(rows, ['AGENT', 'PROGRAM', 'UNTIL', 'THEN', 'WHY'])
}

function thenOf(limit: LimitView, clock: Clock): string {
  if (limit.atReset === 'continues-itself') return 'its program goes on by itself'
  if (limit.resumeAt === null) return `nothing: say tmo send ${limit.agent} "go on" when it has ended`
  return `told to go on, once, at ${formatInstant(limit.resumeAt, clock)}`
}
