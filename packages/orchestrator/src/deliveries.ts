import {
  type AgentAdapter,
  deliver,
  formatMessage,
  isAgentsError,
  type Delivery as Outcome,
} from '@tmux-orchestrator/agents'
import { agentHandle } from './agent-handle.ts'
import type { Delivery, Desired } from './command-map.ts'
import { isEnded } from './commands/orchestrations.ts'
import type { PaneSight } from './observe.ts'
import { lookAtTmux } from './observe.ts'
import { readActivity } from './read-activity.ts'
import type { Runtime } from './runtime.ts'
import { describeError } from './runtime.ts'
import { leaveUnknown, lookLater, postpone, settle } from './settle-delivery.ts'
import type { AgentRow } from './tables.ts'

const leaseMs = 60_000
const deliverTimeoutMs = 20_000

/** What is due of agents that are not being written to: one message of each. */
export async function claimDeliveries(runtime: Runtime, limit: number): Promise<readonly Delivery[]> {
  const { owner } = runtime
  return (await runtime.ledger.command('outbox.claim', { owner, leaseMs, limit })).deliveries
}

/** Every message ends submitted, refused, unknown or later. */
export async function deliverClaimed(runtime: Runtime, delivery: Delivery): Promise<void> {
  let isBegun = false
  try {
    await deliverOne(runtime, delivery, () => {
      isBegun = true
    })
  } catch (error) {
    if (runtime.signal.aborted) return
    runtime.log({
      level: 'error',
      event: 'delivery:failed',
      message: delivery.message.id,
      error: describeError(error),
    })
    const isUntyped = !isBegun || (isAgentsError(error) && error.code === 'UNSAFE_MESSAGE')
    if (isUntyped && delivery.doubt === 'none') await settle(runtime, delivery, refusalOf(error), 'none')
    else await lookLater(runtime, delivery, describeError(error))
  }
}

function refusalOf(error: unknown): Outcome {
  return { status: 'refused', reason: 'unknown-state', detail: describeError(error) }
}

async function deliverOne(runtime: Runtime, delivery: Delivery, onBegin: () => void): Promise<void> {
  const { message } = delivery
  const desired = await runtime.ledger.query('desired', { id: message.orchestration_id })
  const agent = desired?.agents.find((candidate) => candidate.name === message.target)
  if (!desired || !agent) return await endWithout(runtime, delivery, 'the agent is gone')
  const adapter = runtime.adapter(desired.orchestration.program)
  if (delivery.doubt !== 'none' && (await isSettledByRecord(runtime, delivery, { adapter, agent }))) return
  const isUp = agent.state === 'running' || agent.state === 'done' || agent.state === 'failed'
  if (!isUp && (agent.state === 'planned' || agent.state === 'starting')) {
    return await waitFor(runtime, delivery, `${agent.name} is ${agent.state}`)
  }
  const pane = await findPane(runtime, agent)
  if (pane === 'unknown' || (pane === undefined && agent.state === 'running')) {
    return await waitFor(runtime, delivery, `the window of ${agent.name} is not there`)
  }
  if (pane === undefined) return await endWithout(runtime, delivery, `${agent.name} is ${agent.state}`)
  const handle = agentHandle(runtime, agent, pane)
  if (delivery.doubt === 'unproven') {
    const why = await whyNotAgain(runtime, delivery, { orchestration: desired.orchestration, agent, pane })
    if (why !== undefined) return await lookLater(runtime, delivery, why)
  }
  const tmux = await runtime.tmux()
  onBegin()
  const outcome = await deliver({
    tmux,
    adapter,
    handle,
    message: { token: message.token, text: textOf(message) },
    timeoutMs: deliverTimeoutMs,
    signal: runtime.signal,
  })
  // sent again once: a program that takes what it is given and never shows it would be given it for an hour
  if (outcome.status === 'unknown' && delivery.doubt === 'unproven')
    return await lookLater(runtime, delivery, outcome.detail, { isLast: true })
  if (outcome.status !== 'refused') return await settle(runtime, delivery, outcome, adapter.proof)
  // It runs, but its program is not up yet: that passes, and is nobody's answer.
  if (outcome.reason === 'starting') await waitFor(runtime, delivery, `${agent.name} is starting`)
  else if (delivery.doubt === 'unproven') await lookLater(runtime, delivery, message.reason ?? outcome.reason)
  else await settle(runtime, delivery, outcome, adapter.proof)
}

interface Place {
  readonly adapter: AgentAdapter
  readonly agent: AgentRow
}

/** Whether what the agent wrote down says what became of a message that may have arrived, or can no longer say it. */
async function isSettledByRecord(
  runtime: Runtime,
  delivery: Delivery,
  { adapter, agent }: Place,
): Promise<boolean> {
  const { message } = delivery
  const seen = await adapter.findToken({
    conversationId: agent.conversation_id,
    cwd: agent.worktree,
    stateDir: runtime.folder(agent.orchestration_id, agent.name),
    token: message.token,
  })
  if (seen === 'present') {
    const proof = `${adapter.program} ${adapter.proof}`
    await settle(runtime, delivery, { status: 'submitted', proof, at: runtime.now() }, adapter.proof)
    return true
  }
  if (seen === 'absent') return false
  const detail =
    delivery.doubt === 'sender-lost'
      ? 'the sender was lost in the middle, and the program shows no proof'
      : (message.reason ?? 'the program shows no proof')
  await settle(runtime, delivery, { status: 'unknown', detail }, adapter.proof)
  return true
}

/**
 * A person's message is sent once, and whoever sent it was told. Another is sent again once the agent is at rest without it, unless
 * it was read through the inbox or its team has ended: what an agent at work has taken may stand in no record yet.
 */
async function whyNotAgain(
  runtime: Runtime,
  { message }: Delivery,
  {
    orchestration,
    agent,
    pane,
  }: Pick<Desired, 'orchestration'> & Pick<Place, 'agent'> & { readonly pane: PaneSight },
): Promise<string | undefined> {
  const before = message.reason ?? 'nothing proves that it arrived'
  if (message.policy === 'once' || message.read_at !== null) return before
  if (runtime.now() >= message.expires_at || isEnded(orchestration.state)) return before
  const { state } = await readActivity(runtime, orchestration.program, agent, pane)
  return state === 'idle' ? undefined : before
}

/** What may have arrived is not said to be refused. */
async function endWithout(runtime: Runtime, delivery: Delivery, detail: string): Promise<void> {
  if (delivery.doubt === 'none')
    await settle(runtime, delivery, { status: 'refused', reason: 'exited', detail }, 'none')
  else await leaveUnknown(runtime, delivery, detail)
}

async function waitFor(runtime: Runtime, delivery: Delivery, reason: string): Promise<void> {
  if (delivery.doubt === 'unproven') await lookLater(runtime, delivery, delivery.message.reason ?? reason)
  else await postpone(runtime, delivery, reason)
}

function textOf({ token, sender, body }: Delivery['message']): string {
  return formatMessage({ token, from: sender, text: body })
}

async function findPane(runtime: Runtime, agent: AgentRow): Promise<PaneSight | 'unknown' | undefined> {
  const sight = await lookAtTmux(runtime)
  if (!sight.known) return 'unknown'
  const panes = sight.panes.get(agent.orchestration_id) ?? []
  return panes.find((pane) => pane.agent === agent.name && !pane.dead)
}
