import type { BoxView } from '@tmux-orchestrator/orchestrator'

/** What stands in an agent's prompt box, and what becomes of it. */
export function wordingOfBox({ holds, message }: BoxView): string {
  if (holds === 'nothing') return 'empty'
  if (holds === 'unseen') return 'not on its screen'
  if (message === null) return 'text that nobody sent yet; messages wait until it is sent or cleared'
  const what = `${message.from === null ? 'its brief' : `the message of ${message.from}`} (${message.token})`
  if (isUnderWay(message)) return `${what}, which is being sent`
  return message.isTaken
    ? `${what}, which it has; the next message takes its place`
    : `${what}, of which nothing came; messages wait until Enter sends it or it is cleared`
}

/** Whether something of ours stands there that waits for a person. */
export function isStranded({ message }: BoxView): boolean {
  return message !== null && !message.isTaken && !isUnderWay(message)
}

function isUnderWay({ state }: NonNullable<BoxView['message']>): boolean {
  return state === 'pending' || state === 'sending'
}
