import type { DeliverOptions, Delivery } from './delivery.ts'
import { checkMessage } from './message.ts'

/** Types a message into an agent's prompt box and says what became of it. */
export async function deliver(options: DeliverOptions): Promise<Delivery> {
  checkMessage(options.message)
  return { status: 'refused', reason: 'unknown-state' }
}
