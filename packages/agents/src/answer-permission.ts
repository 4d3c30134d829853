import { setTimeout as sleep } from 'node:timers/promises'
import { isTmuxError } from '@tmux-orchestrator/tmux-driver'
import type { AgentAdapter, AgentHandle, PaneLook } from './adapter.ts'
import type { PaneIo } from './delivery.ts'
import { inspectPane } from './inspect-pane.ts'
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
  try {
    await tmux.keys(handle.pane, ...keys)
  } catch (error) {
    if (!isTmuxError(error)) throw error
    return { status: 'unknown', detail: `tmux: ${error.code}` }
  }
  for (const end = performance.now() + proofMs; performance.now() < end; await sleep(pollMs)) {
    if (!(await stands(options))) return { status: 'answered' }
  }
  return { status: 'unknown', detail: 'the keys were pressed and the dialog still stands' }
}

/** Whether that very request is asked right now, by the agent's own word and on its screen. */
async function stands({ tmux, adapter, handle, id }: AnswerPermissionOptions): Promise<boolean> {
  const screen = async (): Promise<string> => (await tmux.capture(handle.pane, { attributes: true })).text
  const look: PaneLook = { dead: false, screen }
  const text = await screen()
  const reading = adapter.readScreen(text)
  if (reading.kind !== 'dialog' || reading.asks !== 'permission') return false
  const asks = await adapter.permissions?.(handle, { ...look, screen: async () => text })
  const ask = asks?.find((one) => one.id === id)
  return ask !== undefined && (adapter.showsAsk?.(text, ask) ?? true)
}
