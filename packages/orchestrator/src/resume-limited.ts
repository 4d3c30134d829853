import { closeLimitDialog } from '@tmux-orchestrator/agents'
import { agentHandle } from './agent-handle.ts'
import { findWindow } from './requests/find-agent.ts'
import type { Runtime } from './runtime.ts'

/**
 * The limit of an agent should have ended: who still waits is told to go on, once; the question that its program asks at a limit
 * is answered before. Who went on by itself, or was told by
 * a person, is left alone; what cannot be read now is looked at again later.
 */
export async function resumeLimited(
  runtime: Runtime,
  id: string,
  name: string,
  limit: string,
): Promise<string> {
  const { limits } = await runtime.ledger.query('limits', { id })
  if (!limits.some((one) => one.id === limit)) return 'skipped: the limit is settled'
  const desired = await runtime.ledger.query('desired', { id })
  const agent = desired?.agents.find((one) => one.name === name)
  if (!desired || agent === undefined) return 'skipped: it is gone'
  if (agent.state === 'starting') throw new Error(`${name} is starting`)
  if (agent.state !== 'running') return 'skipped: it is not running'
  const pane = await findWindow(runtime, agent)
  if (pane === 'unknown' || pane === undefined || pane.dead) throw new Error(`${name} has no window now`)
  const tmux = await runtime.tmux()
  const adapter = runtime.adapter(desired.orchestration.program)
  const handle = agentHandle(runtime, agent, pane)
  const activity = await adapter.activity(handle, {
    dead: false,
    title: pane.title,
    screen: async () => (await tmux.capture(pane.pane, { attributes: true })).text,
  })
  const key = { id, name }
  if (activity.state === 'unknown' || activity.state === 'starting') {
    throw new Error(`nobody can tell what ${name} does: ${activity.detail ?? activity.state}`)
  }
  if (activity.state !== 'limited') {
    await runtime.ledger.command('limit.over', key)
    return `skipped: it is ${activity.state}`
  }
  if (activity.continuesItself || (activity.resetAt ?? 0) > runtime.now()) {
    await runtime.ledger.command('limit.seen', {
      ...key,
      resetAt: activity.resetAt ?? null,
      continuesItself: activity.continuesItself ?? false,
      detail: activity.detail ?? null,
    })
    if (activity.continuesItself) return 'skipped: it goes on by itself'
    throw new Error(`the limit of ${name} ends later`)
  }
  const closed = await closeLimitDialog({ tmux, adapter, handle })
  if (closed.status === 'refused' || closed.status === 'unknown') {
    throw new Error(`its question about the limit could not be answered: ${closed.detail}`)
  }
  const isAsking = activity.others.some((signal) => signal.state === 'waiting-input')
  if (isAsking && closed.status === 'absent') {
    throw new Error(`${name} asks something in its window, which a person has to answer first`)
  }
  const isUntold = closed.status === 'closed' && closed.goesOn
  const { resumed } = await runtime.ledger.command('limit.resume', { ...key, limit, isUntold })
  runtime.wake({ deliveries: true })
  return resumed ? 'told to go on' : 'skipped: the limit is settled'
}
