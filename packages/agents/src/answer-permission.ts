import { setTimeout as sleep } from 'node:timers/promises'
import { isTmuxError, type Sight } from '@tmux-orchestrator/tmux-driver'
import type { AgentAdapter, AgentHandle, PaneLook } from './adapter.ts'
import type { PaneIo } from './delivery.ts'
import { inspectPane } from './inspect-pane.ts'
import { landmark } from './landmark.ts'
import { inTurn } from './pane-turn.ts'
import type { AnswerOutcome, PermissionAnswer } from './permission.ts'

export interface AnswerPermissionOptions {
  readonly tmux: PaneIo
  readonly adapter: AgentAdapter
  readonly handle: AgentHandle
  /** Of a request that `permissions()` listed. */
  readonly id: string
  readonly answer: PermissionAnswer
}

const proofMs = 5_000
const pollMs = 20

/**
 * Answers one request for permission, and only that one: by the program's hook or API; by keys only where the program
 * offers nothing else, or its hook waits no longer, and only while the dialog of that very request stands on the screen.
 */
export async function answerPermission(options: AnswerPermissionOptions): Promise<AnswerOutcome> {
  const { adapter, handle, id, answer, tmux } = options
  const watched = await adapter.watchedOnly?.(handle)
  if (watched !== undefined && answer.decision !== 'pass') return { status: 'refused', detail: watched }
  const answered = await adapter.answer?.(handle, id, answer)
  if (answered && (answered.status !== 'gone' || !adapter.answerKeys)) return answered
  if (!adapter.answerKeys) {
    return { status: 'refused', detail: `${adapter.program} can be answered in its own window only` }
  }
  if (answer.decision === 'pass') return { status: 'answered' }
  return await inTurn(tmux, handle.pane, () => answerByKeys(options))
}

async function answerByKeys(options: AnswerPermissionOptions): Promise<AnswerOutcome> {
  const { tmux, adapter, handle, answer } = options
  if (!(await stands(options))) return { status: 'gone' }
  const inspection = await inspectPane({ tmux, adapter, handle })
  if (inspection.status !== 'refused' || inspection.reason !== 'dialog') {
    const detail = inspection.status === 'refused' ? inspection.reason : 'no dialog stands on its screen'
    return { status: 'refused', detail }
  }
  const keys = answer.decision === 'allow' ? adapter.answerKeys?.allow : adapter.answerKeys?.deny
  if (!keys) return { status: 'refused', detail: 'its keys are not known' }
  const seen = await lookFor(options)
  if (seen === undefined) return { status: 'gone' }
  try {
    // In one step with a look: a person may have answered it meanwhile, and another dialog stand there.
    if (seen.sight === undefined || tmux.keysWhile === undefined) await tmux.keys(handle.pane, ...keys)
    else await tmux.keysWhile(handle.pane, seen.sight, ...keys)
  } catch (error) {
    if (!isTmuxError(error)) throw error
    if (error.code === 'SCREEN_CHANGED') return { status: 'refused', detail: 'its screen changed meanwhile' }
    return { status: 'unknown', detail: `tmux: ${error.code}` }
  }
  for (const end = performance.now() + proofMs; performance.now() < end; await sleep(pollMs)) {
    if (!(await stands(options))) return { status: 'answered' }
  }
  return { status: 'unknown', detail: 'the keys were pressed and the dialog still stands' }
}

async function stands(options: AnswerPermissionOptions): Promise<boolean> {
  return (await lookFor(options)) !== undefined
}

interface Seen {
  readonly sight?: Sight
}

/** What tells the dialog of that very request from any other, if it is asked right now, by the agent's own word and on its screen. */
async function lookFor({ tmux, adapter, handle, id }: AnswerPermissionOptions): Promise<Seen | undefined> {
  const { text, cursor } = await tmux.capture(handle.pane, { attributes: true })
  const reading = adapter.readScreen(text)
  if (reading.kind !== 'dialog' || reading.asks !== 'permission') return undefined
  const look: PaneLook = { dead: false, screen: async () => text }
  const asks = await adapter.permissions?.(handle, look)
  const ask = asks?.find((one) => one.id === id)
  if (ask === undefined || !(adapter.showsAsk?.(text, ask) ?? true)) return undefined
  const mark = landmark(text, ask.subject)
  if (mark !== undefined) return { sight: { text: mark } }
  return cursor === undefined ? {} : { sight: { cursor } }
}
