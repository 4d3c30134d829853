import { type Command, defineCommand, formatTable } from '@tmux-orchestrator/cli'
import type { OrchestrationSummary } from '@tmux-orchestrator/orchestrator'
import { openDaemon } from '../daemon.ts'
import { watch } from '../watch.ts'

interface ListAnswer {
  readonly orchestrations: readonly OrchestrationSummary[]
}

export const listCommand: Command = defineCommand({
  name: 'list',
  summary: 'Every orchestration of this home.',
  examples: ['tmo list', 'tmo list --all --json', 'tmo list --watch'],
  options: [
    { flag: '--all', description: 'also those that were cleaned away' },
    { flag: '--watch', description: 'show it again whenever something changes, until Ctrl-C' },
  ],
  async run({ options, context }): Promise<ListAnswer> {
    await using daemon = await openDaemon(context)
    const read = (): Promise<ListAnswer> => daemon.call('orchestration.list', { all: options.all })
    return options.watch ? await watch(context, daemon, read, renderList) : await read()
  },
  render: (answer: ListAnswer) => renderList(answer),
})

/** A table, the newest first. */
export function renderList({ orchestrations }: ListAnswer): string {
  if (orchestrations.length === 0) return 'no orchestrations'
  const rows = orchestrations.map((row) => [
    row.id,
    row.state,
    `${row.agents.done}/${row.agents.total}`,
    `${row.tasks.done}/${row.tasks.total}`,
    row.project,
    row.cause ?? '',
  ])
  return formatTable(rows, ['ID', 'STATE', 'AGENTS DONE', 'TASKS DONE', 'PROJECT', 'CAUSE'])
}
