import { type Context, UsageError } from '@tmux-orchestrator/cli'
import { resolveHome } from '@tmux-orchestrator/daemon'
import { listOf, listOfHooks } from './consent.ts'
import { listInstalled } from './list-installed.ts'

export interface ChosenAgent {
  /** `undefined` where settings name one. */
  readonly agent: string | undefined
  /** Present when somebody was asked: their answer says that they trust the project, and agrees to what the question named. */
  readonly asked?: {
    /** The hash of the settings that the question named; absent when it named none. */
    readonly settings?: string
    /** The hash of the hooks that it named; absent when it named none. */
    readonly hooks?: string
  }
}

/**
 * The agent program of a run for which neither a flag nor settings name one. On a terminal the only one that is installed is taken,
 * and of several one is asked for: the one question of a run, so the same answer agrees to what the project's settings and hooks would run. The
 * simulated one is never taken unless it is named.
 *
 * @param of any folder of the project's repository, whose root has the settings; and the branch that was named, whose hooks would run
 */
export async function chooseAgent(
  context: Context,
  of: { readonly folder: string; readonly base?: string | undefined },
): Promise<ChosenAgent> {
  const { lookAtProject } = await import('@tmux-orchestrator/orchestrator/plan')
  const { env } = context
  const outlook = await lookAtProject({ project: of.folder, base: of.base, home: resolveHome(env), env })
  const { root, values, ignored, unagreedHooks: hooks } = outlook
  const isNamed = values.agent !== undefined || ignored?.commands.some(({ key }) => key === 'agent')
  if (isNamed) return { agent: undefined }
  const installed = await listInstalled(context)
  const [only, ...others] = installed
  if (context.isTty && only !== undefined && others.length === 0) {
    context.progress.log(`agent program: ${only}, the only one that is installed; --agent names another`)
    return { agent: only }
  }
  if (only !== undefined) {
    const named = [ignored && listOf(ignored), hooks && listOfHooks(hooks, root)].filter(
      (one) => one !== undefined,
    )
    const also = named.length === 0 ? [] : [...named, 'Who names a program agrees to that, until it changes.']
    const question = `Which agent program may work in ${root}? Its settings note that you trust it.`
    const answer = await context.ask([...also, question].join('\n'), [...installed, 'sim'])
    const asked = { ...(ignored && { settings: ignored.hash }), ...(hooks && { hooks: hooks.hash }) }
    if (answer !== undefined) return { agent: answer, asked }
  }
  throw new UsageError(
    only === undefined ? 'no agent program is chosen, and none is installed' : 'no agent program is chosen',
    {
      hint: `add --agent ${[...installed, 'sim'].join('|')} or --agent "<command>", or agent: in .tmo/config.yaml`,
    },
  )
}
