import { createHash } from 'node:crypto'

/** The word by which a message is recognised at the agent; derived, so that a retry looks for the same one. */
export function messageToken(id: string): string {
  return `tmo-m-${createHash('sha256').update(id).digest('hex').slice(0, 10)}`
}
