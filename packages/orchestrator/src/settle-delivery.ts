import type { Delivery as Outcome } from '@tmux-orchestrator/agents'
import type { Delivery } from './command-map.ts'
import type { Runtime } from './runtime.ts'

const retryMs = 3_000
const notYetMs = 1_000
/** How long the record of an agent is left alone at most, while a message is looked for in it. */
const lookMs = { first: 3_000, most: 60_000 } as const

/** Its agent cannot be written to yet, which is nobody's answer. */
export async function postpone(runtime: Runtime, delivery: Delivery, reason: string): Promise<void> {
  const isExpired = runtime.now() >= delivery.message.expires_at
  const retryAt = isExpired ? null : runtime.now() + notYetMs
  await write(runtime, delivery, { state: 'refused', reason, retryAt })
}

/**
 * A refusal of an automatic message is tried again until it expires; a person's is the answer. What is unknown is looked for until it
 * expires, where the program shows what it has.
 */
export async function settle(
  runtime: Runtime,
  delivery: Delivery,
  outcome: Outcome,
  proof: 'transcript' | 'api' | 'none',
): Promise<void> {
  const isLooked = outcome.status === 'unknown' && proof !== 'none'
  if (isLooked) return await lookLater(runtime, delivery, outcome.detail)
  const { message } = delivery
  const isRetry =
    outcome.status === 'refused' &&
    message.policy === 'retry' &&
    outcome.reason !== 'too-large' &&
    outcome.reason !== 'exited' &&
    runtime.now() < message.expires_at
  const retryAt = isRetry ? runtime.now() + retryMs : null
  await write(runtime, delivery, { state: outcome.status, reason: wordingOf(outcome), retryAt })
}

/** It may have arrived, and nothing shows that yet: its agent's record is asked again, less and less often. `isLast`: it is not sent again. */
export async function lookLater(
  runtime: Runtime,
  delivery: Delivery,
  detail: string,
  { isLast = false }: { readonly isLast?: boolean } = {},
): Promise<void> {
  const { doubt, message } = delivery
  const now = runtime.now()
  // as long again as it has been unknown
  const sinceMs = doubt === 'unproven' && message.settled_at !== null ? now - message.settled_at : 0
  const pauseMs = Math.min(lookMs.most, Math.max(lookMs.first, sinceMs))
  const retryAt = now < message.expires_at ? Math.min(now + pauseMs, message.expires_at) : null
  await write(runtime, delivery, { state: 'unknown', reason: detail, retryAt, isLast })
}

/** Nobody looks for it any more. */
export async function leaveUnknown(runtime: Runtime, delivery: Delivery, detail: string): Promise<void> {
  await write(runtime, delivery, { state: 'unknown', reason: detail, retryAt: null })
}

interface Settlement {
  readonly state: Outcome['status']
  readonly reason: string | null
  readonly retryAt: number | null
  readonly isLast?: boolean
}

async function write(runtime: Runtime, delivery: Delivery, settlement: Settlement): Promise<void> {
  await runtime.ledger.command('message.settle', {
    outboxId: delivery.outboxId,
    leaseToken: delivery.leaseToken,
    messageId: delivery.message.id,
    ...settlement,
  })
  if (settlement.retryAt === null) return
  const waitMs = Math.max(0, settlement.retryAt - runtime.now())
  setTimeout(() => runtime.wake({ deliveries: true }), waitMs).unref()
}

function wordingOf(outcome: Outcome): string | null {
  if (outcome.status === 'submitted') return null
  if (outcome.status === 'unknown') return outcome.detail
  return outcome.detail === undefined ? outcome.reason : `${outcome.reason}: ${outcome.detail}`
}
