import type { Runtime } from './runtime.ts'

/**
 * A scheduled look at one agent. It is woken only with cause: it is idle, it still owes work, and something happened
 * in its team since it was last written to. Otherwise the check-in is recorded as skipped, with the reason.
 */
export async function checkIn(runtime: Runtime, id: string, name: string): Promise<string> {
  const desired = await runtime.ledger.query('desired', { id })
  const agent = desired?.agents.find((candidate) => candidate.name === name)
  if (!desired || !agent || agent.state !== 'running')
    return await skip(runtime, id, name, 'it is not running')
  const { limits } = await runtime.ledger.query('limits', { id })
  if (limits.some((limit) => limit.agent === name)) return await skip(runtime, id, name, 'it is limited')
  const stream = await runtime.ledger.query('lastSeen', { id, name })
  if (stream.newsSince === 0) return await skip(runtime, id, name, 'nothing new since the last check-in')
  const own = desired.tasks.filter(
    (task) => task.owner === name && (task.state === 'open' || task.state === 'taken'),
  )
  const owed = own.map((task) => `${task.id} (${task.state})`).join(', ')
  const ask = owed === '' ? 'Nothing of the spec is yours alone.' : `Still yours: ${owed}.`
  await runtime.ledger.command('message.create', {
    id,
    targets: [name],
    sender: 'check-in',
    text: `${ask} Since the last check-in there were ${stream.newsSince} events in your team. Go on, or say with tmo report what holds you up.`,
    policy: 'retry',
    ttlMs: agent.check_in_ms,
  })
  runtime.wake({ deliveries: true })
  return 'sent'
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
