import { type Context, UsageError } from '@tmux-orchestrator/cli'
import { resolveHome } from '@tmux-orchestrator/daemon'
import { listOf } from './consent.ts'
import { listInstalled } from './list-installed.ts'

export interface ChosenAgent {
  /** `undefined` where settings name one. */
  readonly agent: string | undefined
  /** Present when somebody was asked: their answer says that they trust the project, and agrees to what the question named. */
  readonly asked?: {
    /** The hash of the settings that the question named; absent when it named none. */
    readonly settings?: string
  }
}

/**
 * The agent program of a run for which neither a flag nor settings name one. On a terminal the only one that is installed is taken,
 * and of several one is asked for: the one question of a run, so the same answer agrees to what the project's settings would run. The
 * simulated one is never taken unless it is named.
 *
 * @param folder any folder of the project's repository; its root has the settings
 */
export async function chooseAgent(context: Context, folder: string): Promise<ChosenAgent> {
  const { findProjectRoot, loadConfig } = await import('@tmux-orchestrator/orchestrator/plan')
  const project = await findProjectRoot(folder)
  const { values, ignored } = await loadConfig(project, context.env, resolveHome(context.env))
  const isNamed = values.agent !== undefined || ignored?.commands.some(({ key }) => key === 'agent')
  if (isNamed) return { agent: undefined }
  const installed = await listInstalled(context)
  const [only, ...others] = installed
  if (context.isTty && only !== undefined && others.length === 0) {
    context.progress.log(`agent program: ${only}, the only one that is installed; --agent names another`)
    return { agent: only }
  }
  if (only !== undefined) {
    const also = ignored ? `${listOf(ignored)}\nWho names a program agrees to that, until it changes.\n` : ''
    const question = `${also}Which agent program may work in ${project}? Its settings note that you trust it.`
    const answer = await context.ask(question, [...installed, 'sim'])
    if (answer !== undefined) return { agent: answer, asked: ignored ? { settings: ignored.hash } : {} }
  }
  throw new UsageError(
    only === undefined ? 'no agent program is chosen, and none is installed' : 'no agent program is chosen',
    {
      hint: `add --agent ${[...installed, 'sim'].join('|')} or --agent "<command>", or agent: in .tmo/config.yaml`,
    },
  )
}
