import type { ActivityState } from '@tmux-orchestrator/agents'
import type { Desired } from './command-map.ts'
import { readActivity } from './read-activity.ts'
import { findWindow } from './requests/find-agent.ts'
import type { Runtime } from './runtime.ts'
import type { AgentRow } from './tables.ts'

/** In these it is at rest, or nobody can tell: a program that shows nothing is asked all the same. */
const wakeable: ReadonlySet<ActivityState> = new Set(['idle', 'error', 'unknown'])

/**
 * A scheduled look at one agent. It is woken only with cause: it is at rest, it may still owe work, and something happened in its team
 * since it was last woken. Otherwise the check-in is recorded as skipped, with the reason.
 */
export async function checkIn(runtime: Runtime, id: string, name: string): Promise<string> {
  const desired = await runtime.ledger.query('desired', { id })
  const agent = desired?.agents.find((candidate) => candidate.name === name)
  if (!desired || !agent || agent.state !== 'running')
    return await skip(runtime, id, name, 'it is not running')
  const { limits } = await runtime.ledger.query('limits', { id })
  if (limits.some((limit) => limit.agent === name)) return await skip(runtime, id, name, 'it is limited')
  const { newsSince } = await runtime.ledger.query('lastSeen', { id, name })
  if (newsSince === 0) return await skip(runtime, id, name, 'nothing new since the last check-in')
  const branch = desired.branches.find((candidate) => candidate.agent === name)?.state
  const isHandedIn = branch !== undefined && branch !== 'open' && branch !== 'conflicted'
  if (agent.implements === 1 && isHandedIn) return await skip(runtime, id, name, 'it owes nothing')
  const state = await stateOf(runtime, desired, agent)
  if (!wakeable.has(state)) return await skip(runtime, id, name, `it is ${state}`)
  const own = desired.tasks.filter(
    (task) => task.owner === name && (task.state === 'open' || task.state === 'taken'),
  )
  const owed = own.map((task) => `${task.id} (${task.state})`)
  if (branch === 'conflicted') owed.push('the conflict of your branch')
  else if (agent.implements === 1 && own.length === 0) owed.push('your report that you are done')
  const ask = owed.length === 0 ? 'Nothing of the spec is yours alone.' : `Still yours: ${owed.join(', ')}.`
  await runtime.ledger.command('message.create', {
    id,
    targets: [name],
    sender: 'check-in',
    text: `${ask} Since the last check-in there were ${newsSince} events in your team. Go on, or say with tmo report what holds you up.`,
    policy: 'retry',
    ttlMs: agent.check_in_ms,
  })
  runtime.wake({ deliveries: true })
  return 'sent'
}

async function stateOf(
  runtime: Runtime,
  { orchestration }: Desired,
  agent: AgentRow,
): Promise<ActivityState> {
  const pane = await findWindow(runtime, agent)
  if (pane === 'unknown') return 'unknown'
  if (pane === undefined || pane.dead) return 'exited'
  return (await readActivity(runtime, orchestration.program, agent, pane)).state
}

async function skip(runtime: Runtime, id: string, name: string, reason: string): Promise<string> {
  await runtime.ledger.command('event.add', {
    stream: id,
    kind: 'check-in:skipped',
    subject: name,
    data: { reason },
  })
  return `skipped: ${reason}`
}
