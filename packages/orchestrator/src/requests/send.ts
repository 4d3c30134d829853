import type { MessageView } from '../answers.ts'
import { OrchestratorError } from '../errors.ts'
import type { EngineRequests } from '../protocol.ts'
import type { RequestContext } from '../requests.ts'
import { callerName, teamOf, write } from '../requests.ts'

const open = new Set(['pending', 'sending'])
const ttlMs = 60 * 60_000

/**
 * Writes to an agent (`ID/NAME`, or `NAME` from within its team), to a team (`ID`) or to all (`*`). A person's
 * message is answered with its outcome; an agent's is durable when the answer comes, and delivered from there.
 */
export async function sendMessage(
  context: RequestContext,
  args: EngineRequests['message.send']['args'],
): Promise<EngineRequests['message.send']['result']> {
  const { runtime, caller, signal } = context
  const ids: string[] = []
  for (const { id, names } of await findTargets(context, args.target)) {
    const made = await write(context, 'message.create', {
      id,
      targets: names,
      sender: callerName(caller),
      text: args.text,
      policy: caller.kind === 'agent' ? 'retry' : 'once',
      ttlMs,
    })
    ids.push(...made.messages.map((message) => message.id))
  }
  runtime.wake({ deliveries: true })
  const until = runtime.now() + (args.waitMs ?? 0)
  for (;;) {
    const { messages } = await runtime.ledger.query('messages', { ids })
    if (!messages.some(isOpen) || runtime.now() >= until) return { messages }
    await runtime.nextChange(null, Math.min(1000, Math.max(1, until - runtime.now())), signal)
  }
}

function isOpen(message: MessageView): boolean {
  return open.has(message.state)
}

async function findTargets(
  context: RequestContext,
  target: string,
): Promise<readonly { id: string; names: string[] }[]> {
  const { runtime, caller } = context
  if (caller.kind === 'agent') {
    const name = target.startsWith(`${caller.id}/`) ? target.slice(caller.id.length + 1) : target
    await teamOf(context, name.includes('/') ? name.slice(0, name.indexOf('/')) : undefined)
    return [{ id: caller.id, names: [name] }]
  }
  if (target === '*') {
    const { orchestrations } = await runtime.ledger.query('list', { all: false })
    const live = orchestrations.filter((row) => row.state === 'running' || row.state === 'starting')
    const teams = await Promise.all(
      live.map(async ({ id }) => ({ id, names: await listMembers(context, id) })),
    )
    return teams.filter(({ names }) => names.length > 0)
  }
  const { id, name } = await runtime.ledger.query('resolve', { target })
  return [{ id, names: name === null ? await members(context, id) : [name] }]
}

async function members({ runtime }: RequestContext, id: string): Promise<string[]> {
  const names = await listMembers({ runtime }, id)
  if (names.length > 0) return names
  throw new OrchestratorError('WRONG_STATE', `nobody in ${id} is running`, { hint: `tmo status ${id}` })
}

async function listMembers({ runtime }: Pick<RequestContext, 'runtime'>, id: string): Promise<string[]> {
  const desired = await runtime.ledger.query('desired', { id })
  return (desired?.agents ?? []).filter((agent) => agent.state === 'running').map((agent) => agent.name)
}
