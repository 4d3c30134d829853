import { setTimeout as delay } from 'node:timers/promises'
import { type Command, type Context, defineCommand, type ExitWith, exit } from '@tmux-orchestrator/cli'
import { connectDaemon } from '@tmux-orchestrator/daemon'
import { openRepository } from '@tmux-orchestrator/worktree'
import { readSync, type SyncAnswer } from './read-sync.ts'
import { renderStatus } from './render-status.ts'

const watchMs = 2_000
const clear = '\u001b[H\u001b[2J'

export const statusCommand: Command = defineCommand({
  name: 'status',
  summary: 'Each branch of a team: how far from base and integration, what it would conflict with.',
  description:
    'Conflicts are predicted with each other and with the integration branch, in git’s objects alone: nothing is merged, no worktree is touched. Exit 3 when a conflict waits to be resolved.',
  examples: ['tmo-sync status hello-abcd', 'tmo-sync status hello-abcd --watch'],
  args: [{ name: 'id', description: 'an orchestration, or the beginning of its id', required: true }],
  options: [{ flag: '--watch', description: 'show it again whenever something changes, until Ctrl-C' }],
  async run({ args, options, context }): Promise<SyncAnswer | ExitWith<SyncAnswer>> {
    const { env, signal } = context
    await using daemon = await connectDaemon({ env, signal })
    const read = async (): Promise<SyncAnswer> => {
      const view = await daemon.call('orchestration.status', { id: args.id, commits: false })
      return readSync(view, await openRepository(view.project, { signal, env }))
    }
    if (options.watch) {
      await watch(context, read)
      return exit(0)
    }
    const answer = await read()
    return answer.conflicts.length > 0 ? exit(3, answer) : answer
  },
  render: (answer: SyncAnswer, context: Context) => renderStatus(answer, context.now()),
})

/**
 * Branches move without an event, so what git says is read again every two seconds. A terminal is drawn anew when anything on it
 * is another, ages included; elsewhere there is one line of JSON, or one table, for each change.
 */
async function watch(context: Context, read: () => Promise<SyncAnswer>): Promise<void> {
  const isDrawn = context.stdout.isTTY === true && !context.json
  let shown: string | undefined
  try {
    for (;;) {
      const answer = await read()
      const text = renderStatus(answer, context.now())
      const seen = isDrawn ? text : JSON.stringify(answer)
      if (seen !== shown) {
        if (context.json) context.printJson(answer)
        else context.print(`${isDrawn ? clear : ''}${text}\n`)
      }
      shown = seen
      await delay(watchMs, undefined, { signal: context.signal })
    }
  } catch (error) {
    if (!context.signal.aborted) throw error
  }
}
