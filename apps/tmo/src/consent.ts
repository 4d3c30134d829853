import { type Context, toPlainText } from '@tmux-orchestrator/cli'
import { resolveHome } from '@tmux-orchestrator/daemon'
import type { IgnoredGrants, RunPlan } from '@tmux-orchestrator/orchestrator/plan'

/** What is left out, and how a person agrees to it. */
export function wordsOfIgnored(ignored: IgnoredGrants): string {
  return `${ignored.file} would let agents do without asking:\n${listOf(ignored)}\nthis is ignored, because nobody has agreed to it; its deny rules hold. tmo run --trust agrees`
}

/**
 * Asks once for what the project's own settings would allow; `--trust` is the answer, and without a terminal it is no.
 * True when somebody has just agreed, so that plans have to be made again.
 */
export async function askConsent(
  context: Context,
  plans: readonly RunPlan[],
  isTrusted: boolean,
): Promise<boolean> {
  const [plan] = plans.filter(({ ignored }) => ignored !== undefined)
  if (!plan?.ignored) return false
  const { ignored, project } = plan
  const question = `${ignored.file} would let agents do without asking:\n${listOf(ignored)}\nAgree, until it changes?`
  if (isTrusted || (await context.confirm(question)) === true) {
    const { giveConsent } = await import('@tmux-orchestrator/orchestrator/plan')
    await giveConsent(resolveHome(context.env), project.path, ignored.hash)
    return true
  }
  context.warn(wordsOfIgnored(ignored))
  return false
}

/** Whatever a repository calls its rules, it writes nothing else on the terminal. */
function listOf({ what }: IgnoredGrants): string {
  return what.map((one) => `  ${toPlainText(one)}`).join('\n')
}
