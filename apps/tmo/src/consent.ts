import { type Context, toPlainText } from '@tmux-orchestrator/cli'
import { isRemoteError, resolveHome } from '@tmux-orchestrator/daemon'
import type { IgnoredGrants, RunPlan } from '@tmux-orchestrator/orchestrator/plan'

/** What is left out, and how a person agrees to it. */
export function wordsOfIgnored(ignored: IgnoredGrants): string {
  const held = ignored.what.length === 0 ? '' : '; its deny rules hold'
  const refused = ignored.commands.length === 0 ? '' : '; a run that needs its commands is refused'
  return `${listOf(ignored)}\nthis is ignored, because nobody has agreed to it${held}${refused}. tmo run --trust agrees`
}

/**
 * Asks once for what the project's own settings would run or allow; `--trust` is the answer, and without a terminal it is
 * no. True when somebody has just agreed, so that plans have to be made again.
 */
export async function askConsent(
  context: Context,
  plans: readonly Pick<RunPlan, 'ignored' | 'project'>[],
  isTrusted: boolean,
): Promise<boolean> {
  const [plan] = plans.filter(({ ignored }) => ignored !== undefined)
  if (!plan?.ignored) return false
  const { ignored, project } = plan
  const question = `${listOf(ignored)}\nAgree, until it changes?`
  if (isTrusted || (await context.confirm(question)) === true) {
    const { giveConsent } = await import('@tmux-orchestrator/orchestrator/plan')
    await giveConsent(resolveHome(context.env), project.path, ignored.hash)
    return true
  }
  // what is refused is told once
  if (!ignored.needed?.length) context.warn(wordsOfIgnored(ignored))
  return false
}

/** What could not even be planned, because its agent program is a command that nobody has agreed to. */
export function unplanned(error: unknown): Pick<RunPlan, 'ignored' | 'project'> | undefined {
  const isOne =
    isRemoteError(error, 'NOT_AGREED') ||
    (error instanceof Error && 'code' in error && error.code === 'NOT_AGREED')
  if (!isOne || !(error instanceof Error) || !('details' in error)) return undefined
  return error.details as Pick<RunPlan, 'ignored' | 'project'>
}

/** Whatever a repository calls its rules and commands, it writes nothing else on the terminal. */
function listOf({ file, what, commands }: IgnoredGrants): string {
  const lines = (title: string, list: readonly string[]): readonly string[] =>
    list.length === 0
      ? []
      : [`${file} ${title}:`, ...list.map((one) => `  ${toPlainText(one).replaceAll('\n', ' ')}`)]
  return [
    ...lines(
      'names commands that would run on this machine',
      commands.map(({ key, command }) => `${key}: ${command}`),
    ),
    ...lines('would let agents do without asking', what),
  ].join('\n')
}
