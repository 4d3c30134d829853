import { type Context, UsageError } from '@tmux-orchestrator/cli'

/**
 * Asks before something is ended or removed; true and false are the answer.
 *
 * @throws UsageError where nobody can be asked
 */
export async function agrees(context: Context, question: string): Promise<boolean> {
  const answer = await context.confirm(question)
  if (answer !== undefined) return answer
  throw new UsageError('nobody can be asked here whether to go on', {
    hint: 'add --yes, or --dry-run to see what would happen',
  })
}
