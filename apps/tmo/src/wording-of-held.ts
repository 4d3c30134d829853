import type { OrchestrationView } from '@tmux-orchestrator/orchestrator'

/** What waits because of what stands in a prompt box. */
export function wordingOfHeld({ count, reason }: OrchestrationView['held'][number]): string {
  const what = count === 1 ? 'a message waits' : `${count} messages wait`
  return `${what} beside what stands in its prompt box: ${reason.replace(/^draft(: )?/, '') || 'text stands in the box'}`
}
