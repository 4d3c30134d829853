import { sentInBox } from '@tmux-orchestrator/agents'
import { agentHandle } from './agent-handle.ts'
import type { BoxView } from './answers.ts'
import type { Desired } from './command-map.ts'
import type { PaneSight } from './observe.ts'
import type { Runtime } from './runtime.ts'
import type { AgentRow } from './tables.ts'

const token = /tmo-[mb]-[0-9a-f]{8,}/

export interface BoxSight {
  readonly desired: Desired
  readonly agent: AgentRow
  readonly pane: PaneSight
  /** With attributes. */
  readonly screen: string
}

/** What stands in an agent's prompt box, and whether it is something of ours that came back or was never sent. */
export async function lookIntoBox(runtime: Runtime, sight: BoxSight): Promise<BoxView> {
  const { desired, agent, pane, screen } = sight
  const adapter = runtime.adapter(desired.orchestration.program)
  const reading = adapter.readScreen(screen)
  if (reading.kind !== 'prompt') return { holds: 'unseen', message: null }
  const box = reading.box.replaceAll(/\s+/g, '')
  if (box === '') return { holds: 'nothing', message: null }
  const handle = agentHandle(runtime, agent, pane)
  const found = token.exec(box)?.[0] ?? (await sentInBox({ adapter, handle }, reading.box))?.token
  const own = found === undefined ? undefined : await findOwn(runtime, sight, found)
  if (found === undefined || own === undefined) return { holds: 'text', message: null }
  const isTaken = (await adapter.leftover?.isTaken({ ...handle, token: found })) ?? false
  return { holds: 'ours', message: { token: found, ...own, isTaken } }
}

async function findOwn(
  runtime: Runtime,
  { desired, agent }: BoxSight,
  found: string,
): Promise<Pick<NonNullable<BoxView['message']>, 'from' | 'state'> | undefined> {
  if (desired.conversations.some((conversation) => conversation.token === found))
    return { from: null, state: null }
  const of = { id: agent.orchestration_id, name: agent.name, token: found }
  const { message } = await runtime.ledger.query('messageOf', of)
  return message ? { from: message.from, state: message.state } : undefined
}
