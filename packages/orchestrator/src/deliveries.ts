import type { Delivery as Outcome } from '@tmux-orchestrator/agents'
import { deliver } from '@tmux-orchestrator/agents'
import { agentHandle } from './agent-handle.ts'
import type { Delivery } from './command-map.ts'
import type { PaneSight } from './observe.ts'
import { lookAtTmux } from './observe.ts'
import type { Runtime } from './runtime.ts'
import { describeError } from './runtime.ts'
import type { AgentRow } from './tables.ts'

const leaseMs = 60_000
const retryMs = 3_000
const notYetMs = 1_000
const deliverTimeoutMs = 20_000

/** What is due of agents that are not being written to: one message of each. */
export async function claimDeliveries(runtime: Runtime, limit: number): Promise<readonly Delivery[]> {
  const { owner } = runtime
  return (await runtime.ledger.command('outbox.claim', { owner, leaseMs, limit })).deliveries
}

/** Every message ends submitted, refused, unknown or later. */
export async function deliverClaimed(runtime: Runtime, delivery: Delivery): Promise<void> {
  try {
    await deliverOne(runtime, delivery)
  } catch (error) {
    if (runtime.signal.aborted) return
    runtime.log({
      level: 'error',
      event: 'delivery:failed',
      message: delivery.message.id,
      error: describeError(error),
    })
    await settle(runtime, delivery, { status: 'unknown', detail: describeError(error) })
  }
}

async function deliverOne(runtime: Runtime, delivery: Delivery): Promise<void> {
  const { message } = delivery
  const desired = await runtime.ledger.query('desired', { id: message.orchestration_id })
  const agent = desired?.agents.find((candidate) => candidate.name === message.target)
  if (!desired || !agent) {
    await settle(runtime, delivery, { status: 'refused', reason: 'exited', detail: 'the agent is gone' })
    return
  }
  const isUp = agent.state === 'running' || agent.state === 'done' || agent.state === 'failed'
  if (!isUp && (agent.state === 'planned' || agent.state === 'starting')) {
    await postpone(runtime, delivery, `${agent.name} is ${agent.state}`)
    return
  }
  const pane = await findPane(runtime, agent)
  if (pane === 'unknown' || (pane === undefined && agent.state === 'running')) {
    await postpone(runtime, delivery, `the window of ${agent.name} is not there`)
    return
  }
  if (pane === undefined) {
    await settle(runtime, delivery, {
      status: 'refused',
      reason: 'exited',
      detail: `${agent.name} is ${agent.state}`,
    })
    return
  }
  const adapter = runtime.adapter(desired.orchestration.program)
  const handle = agentHandle(runtime, agent, pane)
  if (delivery.isUncertain) {
    const seen = await adapter.findToken({ ...handle, token: message.token })
    if (seen === 'unknown') {
      const detail = 'the sender was lost in the middle, and the program shows no proof'
      await settle(runtime, delivery, { status: 'unknown', detail })
      return
    }
  }
  const outcome = await deliver({
    tmux: await runtime.tmux(),
    adapter,
    handle,
    message: { token: message.token, text: wording(message) },
    timeoutMs: deliverTimeoutMs,
    signal: runtime.signal,
  })
  // It runs, but its program is not up yet: that passes, and is nobody's answer.
  if (outcome.status === 'refused' && outcome.reason === 'starting')
    await postpone(runtime, delivery, `${agent.name} is starting`)
  else await settle(runtime, delivery, outcome)
}

/** Begins with a bracket, so that no program reads it as a command, and ends with the token. */
function wording(message: Delivery['message']): string {
  return `[message from ${message.sender}] ${message.body.trimEnd()}\n(${message.token})`
}

async function findPane(runtime: Runtime, agent: AgentRow): Promise<PaneSight | 'unknown' | undefined> {
  const sight = await lookAtTmux(runtime)
  if (!sight.known) return 'unknown'
  const panes = sight.panes.get(agent.orchestration_id) ?? []
  return panes.find((pane) => pane.agent === agent.name && !pane.dead)
}

async function postpone(runtime: Runtime, delivery: Delivery, reason: string): Promise<void> {
  const { message } = delivery
  const isExpired = runtime.now() >= message.expires_at
  await runtime.ledger.command('message.settle', {
    outboxId: delivery.outboxId,
    leaseToken: delivery.leaseToken,
    messageId: message.id,
    state: 'refused',
    reason,
    retryAt: isExpired ? null : runtime.now() + notYetMs,
  })
  if (!isExpired) setTimeout(() => runtime.wake({ deliveries: true }), notYetMs).unref()
}

/** A refusal of an automatic message is tried again until it expires; a person's is the answer. */
async function settle(runtime: Runtime, delivery: Delivery, outcome: Outcome): Promise<void> {
  const { message } = delivery
  const isRetry =
    outcome.status === 'refused' &&
    message.policy === 'retry' &&
    outcome.reason !== 'too-large' &&
    outcome.reason !== 'exited' &&
    runtime.now() < message.expires_at
  await runtime.ledger.command('message.settle', {
    outboxId: delivery.outboxId,
    leaseToken: delivery.leaseToken,
    messageId: message.id,
    state: outcome.status,
    reason: wordingOf(outcome),
    retryAt: isRetry ? runtime.now() + retryMs : null,
  })
  if (isRetry) setTimeout(() => runtime.wake({ deliveries: true }), retryMs).unref()
}

function wordingOf(outcome: Outcome): string | null {
  if (outcome.status === 'submitted') return null
  if (outcome.status === 'unknown') return outcome.detail
  return outcome.detail === undefined ? outcome.reason : `${outcome.reason}: ${outcome.detail}`
}
