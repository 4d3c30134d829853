import {
  type Command,
  type Context,
  defineCommand,
  type ExitWith,
  exit,
  UsageError,
} from '@tmux-orchestrator/cli'
import { connectDaemon } from '@tmux-orchestrator/daemon'
import type { LimitView } from '@tmux-orchestrator/orchestrator'

/** What `tmo-credits clear --json` prints. */
export interface ClearAnswer {
  readonly cleared: readonly LimitView[]
  readonly dryRun: boolean
}

export const clearCommand: Command = defineCommand({
  name: 'clear',
  summary: 'Forget a limit: its agent counts as free and is not told to go on.',
  description:
    'For a limit that was misread, or that ended early. The agent itself is not touched; tmo send ID/NAME tells it to go on now. A limit that its program shows anew is noted anew.',
  examples: ['tmo-credits clear hello-abcd/developer', 'tmo-credits clear --all --yes'],
  args: [{ name: 'target', description: 'ID/NAME' }],
  options: [
    { flag: '--all', description: 'every limit of this home' },
    { flag: '-n, --dry-run', description: 'only say which' },
    { flag: '-y, --yes', description: 'do not ask' },
  ],
  async run({ args, options, context }): Promise<ClearAnswer | ExitWith<ClearAnswer>> {
    if ((args.target === undefined) !== options.all) {
      throw new UsageError('say either ID/NAME or --all', { hint: 'tmo-credits status shows who is limited' })
    }
    const { env, signal } = context
    await using daemon = await connectDaemon({ env, signal })
    const { limits } = await daemon.call('limit.list', {})
    const targets = args.target === undefined ? limits.map(({ agent }) => agent) : [args.target]
    if (options.dryRun) {
      return { cleared: limits.filter(({ agent }) => targets.includes(agent)), dryRun: true }
    }
    if (limits.length > 0 && !options.yes && !(await agrees(context, targets))) {
      return exit(3, { cleared: [], dryRun: false })
    }
    const cleared: LimitView[] = []
    for (const target of targets) {
      cleared.push((await daemon.call('limit.clear', { target })).limit)
    }
    return { cleared, dryRun: false }
  },
  render: ({ cleared, dryRun }: ClearAnswer) => {
    if (cleared.length === 0) return 'no limit to forget'
    const names = cleared.map(({ agent }) => agent).join(', ')
    return dryRun ? `would forget the limit of ${names}` : `forgot the limit of ${names}`
  },
})

async function agrees(context: Context, targets: readonly string[]): Promise<boolean> {
  const answer = await context.confirm(`Forget the limit of ${targets.join(', ')}?`)
  if (answer !== undefined) return answer
  throw new UsageError('nobody can be asked here whether to go on', {
    hint: 'add --yes, or --dry-run to see what would happen',
  })
}
