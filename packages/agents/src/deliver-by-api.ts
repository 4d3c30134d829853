import type { AgentAdapter, Presence } from './adapter.ts'
import type { DeliverOptions, Delivery } from './delivery.ts'
import { failedProbe, inspectAgent, type Refusal } from './inspect-pane.ts'

/**
 * Hands a message to a program's own API. What stands in its prompt box is left alone; no key is pressed. `absent`: nothing was handed
 * over, as there is no server.
 */
export async function deliverByApi(
  options: DeliverOptions,
  arrived: Presence,
  send: NonNullable<AgentAdapter['send']>,
  isProven: () => Promise<boolean>,
): Promise<Delivery | 'submitted' | 'absent'> {
  const refusal = await inspect(options)
  if (refusal) return refusal
  if (arrived === 'unknown') {
    return { status: 'refused', reason: 'unknown-state', detail: 'what reached the agent cannot be read' }
  }
  const { handle, message, signal } = options
  signal?.throwIfAborted()
  const outcome = await send({ handle, message, ...(signal && { signal }) })
  if (outcome.status === 'absent') return 'absent'
  if (outcome.status === 'refused') return { ...outcome, reason: 'unknown-state' }
  if (await isProven()) return 'submitted'
  return outcome.status === 'unknown'
    ? outcome
    : { status: 'unknown', detail: 'it was handed over and the agent does not show the message' }
}

async function inspect(options: DeliverOptions): Promise<Refusal | undefined> {
  try {
    const agent = await inspectAgent({ ...options, isKeyless: true })
    return 'status' in agent ? agent : undefined
  } catch (error) {
    return failedProbe(error)
  }
}
