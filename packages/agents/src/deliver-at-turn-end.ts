import type { DeliverOptions, Delivery } from './delivery.ts'
import type { Refusal } from './inspect-pane.ts'

/** Why a message is not typed although its agent would take it: a person has the box, or the pane. */
const personal: ReadonlySet<string> = new Set(['draft', 'copy-mode'])

/** How soon what a hook took is in the agent's record. */
const recordMs = 3_000

/** Whether the message has arrived, by the end of the delivery or so much later. */
type IsProven = (graceMs?: number) => Promise<boolean>

/**
 * Leaves a message for the end of the turn that the agent is in, without a key, where a person's text or scrolling keeps it out of the
 * box. What is not taken in time is taken back, so that the refusal is true.
 */
export async function deliverAtTurnEnd(
  { adapter, handle, message }: DeliverOptions,
  refusal: Refusal,
  isProven: IsProven,
): Promise<Delivery | 'submitted'> {
  const { turnEnd } = adapter
  if (turnEnd === undefined || !personal.has(refusal.reason)) return refusal
  if (!(await turnEnd.offer(handle, message))) return refusal
  const takeBack = (): ReturnType<typeof turnEnd.withdraw> =>
    turnEnd.withdraw({ ...handle, token: message.token })
  const hasArrived = await isProven().catch(async (error: unknown) => {
    await takeBack()
    throw error
  })
  const left = await takeBack()
  if (hasArrived) return 'submitted'
  return left === 'taken' ? await settleTaken(isProven) : refusal
}

/** Before anything else is done with a message: one that lies there still is taken back, one that was taken is waited for. */
export async function settleOffered(
  { adapter, handle, message }: DeliverOptions,
  isProven: IsProven,
): Promise<Delivery | 'submitted' | undefined> {
  const left = await adapter.turnEnd?.withdraw({ ...handle, token: message.token })
  return left === 'taken' ? await settleTaken(isProven) : undefined
}

async function settleTaken(isProven: IsProven): Promise<Delivery | 'submitted'> {
  if (await isProven(recordMs)) return 'submitted'
  return { status: 'unknown', detail: 'a hook took it at the end of a turn, and the agent does not show it' }
}
