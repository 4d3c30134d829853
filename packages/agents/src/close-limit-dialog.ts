import { setTimeout as sleep } from 'node:timers/promises'
import { isTmuxError } from '@tmux-orchestrator/tmux-driver'
import type { AgentAdapter, AgentHandle } from './adapter.ts'
import { parseScreen } from './ansi.ts'
import type { PaneIo } from './delivery.ts'
import { inTurn } from './pane-turn.ts'

/** The agent whose question about an ended limit is answered. */
export interface CloseLimitOptions {
  readonly tmux: PaneIo
  readonly adapter: AgentAdapter
  readonly handle: AgentHandle
}

/** What became of the question. */
export type LimitOutcome =
  /** No such dialog stands on its screen; nothing was pressed. */
  | { readonly status: 'absent' }
  /** It is gone. `goesOn`: the program goes on with its turn by itself and needs no message. */
  | { readonly status: 'closed'; readonly goesOn: boolean }
  /** Nothing was pressed. */
  | { readonly status: 'refused'; readonly detail: string }
  /** Keys were pressed, and it still stands or cannot be seen. */
  | { readonly status: 'unknown'; readonly detail: string }

const proofMs = 5_000
const pollMs = 20

/**
 * Closes the dialog that a program opens at a limit, for once the limit has ended: only while the words of the choice that its
 * keys take stand on the screen, looked at and pressed in one step. Who calls has made sure that the agent *is* limited.
 */
export async function closeLimitDialog(options: CloseLimitOptions): Promise<LimitOutcome> {
  const { tmux, adapter, handle } = options
  const { limitDialog } = adapter
  if (limitDialog === undefined || tmux.keysWhile === undefined) return { status: 'absent' }
  const watched = await adapter.watchedOnly?.(handle)
  if (watched !== undefined) return { status: 'refused', detail: watched }
  return await inTurn(tmux, handle.pane, async (): Promise<LimitOutcome> => {
    try {
      if (!(await stands(options))) return { status: 'absent' }
      await tmux.keysWhile?.(handle.pane, { text: limitDialog.words }, ...limitDialog.keys)
    } catch (error) {
      if (!isTmuxError(error)) throw error
      return { status: 'refused', detail: `tmux: ${error.message}` }
    }
    return await untilClosed(options, limitDialog.goesOn)
  })
}

async function untilClosed(options: CloseLimitOptions, goesOn: boolean): Promise<LimitOutcome> {
  try {
    for (const end = performance.now() + proofMs; performance.now() < end; await sleep(pollMs)) {
      if (!(await stands(options))) return { status: 'closed', goesOn }
    }
  } catch (error) {
    if (!isTmuxError(error)) throw error
    return { status: 'unknown', detail: `tmux: ${error.message}` }
  }
  return { status: 'unknown', detail: 'the keys were pressed and the dialog still stands' }
}

async function stands({ tmux, adapter, handle }: CloseLimitOptions): Promise<boolean> {
  const { text, inMode, dead } = await tmux.capture(handle.pane, { attributes: true })
  const choice = adapter.limitDialog?.choice
  if (inMode || dead || choice === undefined || adapter.readScreen(text).kind !== 'dialog') return false
  return parseScreen(text).some((line) => choice.test(line.text.trimEnd()))
}
