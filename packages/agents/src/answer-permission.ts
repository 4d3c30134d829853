import { setTimeout as sleep } from 'node:timers/promises'
import { isTmuxError, type Sight } from '@tmux-orchestrator/tmux-driver'
import type { AgentAdapter, AgentHandle, PaneLook } from './adapter.ts'
import type { PaneIo } from './delivery.ts'
import { inspectPane } from './inspect-pane.ts'
import { landmark, rowMark } from './landmark.ts'
import { inTurn } from './pane-turn.ts'
import type { AnswerOutcome, PermissionAnswer } from './permission.ts'

/** Which request is answered, by whom it was asked, and how. */
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
/** From the request to its dialog, and to all of it. */
const drawnMs = 2_000
const noDialog = 'no dialog stands on its screen'
const notIts = 'the dialog on its screen does not show this request whole, so that it may be that of another'

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
  const found = await lookForDrawn(options)
  if (found.status !== 'stands') return outcomeOf(found)
  const inspection = await inspectPane({ tmux, adapter, handle })
  if (inspection.status !== 'refused' || inspection.reason !== 'dialog') {
    const detail = inspection.status === 'refused' ? inspection.reason : noDialog
    return { status: 'refused', detail }
  }
  const keys = answer.decision === 'allow' ? adapter.answerKeys?.allow : adapter.answerKeys?.deny
  if (!keys) return { status: 'refused', detail: 'its keys are not known' }
  const seen = await lookFor(options)
  if (seen.status !== 'stands') return outcomeOf(seen)
  try {
    // In one step with a look: a person may have answered it meanwhile, and another dialog stand there.
    if (seen.sight === undefined || tmux.keysWhile === undefined) await tmux.keys(handle.pane, ...keys)
    else await tmux.keysWhile(handle.pane, seen.sight, ...keys)
  } catch (error) {
    if (!isTmuxError(error)) throw error
    if (error.code === 'SCREEN_CHANGED') return { status: 'refused', detail: 'its screen changed meanwhile' }
    const status = error.details.outcome === 'unknown' ? 'unknown' : 'refused'
    return { status, detail: `tmux: ${error.code}: ${error.message}` }
  }
  for (const end = performance.now() + proofMs; performance.now() < end; await sleep(pollMs)) {
    const { status } = await lookFor(options)
    if (status === 'gone' || status === 'hidden') return { status: 'answered' }
  }
  return { status: 'unknown', detail: 'the keys were pressed and the dialog still stands' }
}

/** `hidden`: it is asked, and its dialog is not to be seen. `unreadable`: nobody can tell whether it is asked. */
type Found =
  | { readonly status: 'stands'; readonly sight?: Sight }
  | { readonly status: 'gone' }
  | { readonly status: 'hidden' | 'unreadable'; readonly detail: string }

function outcomeOf(found: Exclude<Found, { status: 'stands' }>): AnswerOutcome {
  return found.status === 'gone' ? found : { status: 'refused', detail: found.detail }
}

async function lookForDrawn(options: AnswerPermissionOptions): Promise<Found> {
  for (const end = performance.now() + drawnMs; ; await sleep(pollMs)) {
    const found = await lookFor(options)
    if (found.status !== 'hidden' || performance.now() > end) return found
  }
}

/** What tells the dialog of that very request from any other, if it is asked right now, by the agent's own word and on its screen. */
async function lookFor({ tmux, adapter, handle, id }: AnswerPermissionOptions): Promise<Found> {
  const { text, cursor } = await tmux.capture(handle.pane, { attributes: true })
  const look: PaneLook = { dead: false, screen: async () => text }
  const asks = await adapter.permissions?.(handle, look)
  if (!asks) return { status: 'unreadable', detail: 'what it asks cannot be read' }
  const ask = asks.find((one) => one.id === id)
  if (ask === undefined) return { status: 'gone' }
  const reading = adapter.readScreen(text)
  if (reading.kind !== 'dialog' || reading.asks !== 'permission')
    return { status: 'hidden', detail: noDialog }
  if (!(adapter.showsAsk?.(text, ask) ?? true)) return { status: 'hidden', detail: notIts }
  const mark = rowMark(text, ask.subject) ?? landmark(text, ask.subject)
  if (mark !== undefined) return { status: 'stands', sight: { text: mark } }
  return cursor === undefined ? { status: 'stands' } : { status: 'stands', sight: { cursor } }
}
