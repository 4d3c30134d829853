import { setTimeout as sleep } from 'node:timers/promises'
import { isTmuxError } from '@tmux-orchestrator/tmux-driver'
import { dense } from './box-text.ts'
import type { DeliverOptions } from './delivery.ts'
import { inspectPane } from './inspect-pane.ts'
import { noteErased, shownSent } from './sent-message.ts'

/** A message has at most so many lines, each of which takes two presses. */
const pressesMax = 1_000
/** So many presses in a row that change nothing are enough: its cursor does not stand where the keys take anything out. */
const idleMax = 3
/** How long a press may take to be seen. One that takes out an empty line is not. */
const pressMs = 300
const pollMs = 15

interface Sight {
  readonly box: string
  readonly cursor: { readonly x: number; readonly y: number }
}

/**
 * Takes a message out of the prompt box that the agent has and left standing there. Each key is pressed only while the cursor
 * stands where it was seen behind that message; anything else in the box, a dialog, or a program that does not know such a
 * key ends it.
 */
export async function eraseSent(options: DeliverOptions, deadline: number): Promise<void> {
  const { tmux, adapter, handle } = options
  if (adapter.leftover === undefined || tmux.keysWhile === undefined) return
  for (let presses = 0, idle = 0; presses < pressesMax && idle < idleMax; presses += 1) {
    const sight = performance.now() < deadline ? await seeSent(options) : undefined
    if (sight === undefined) return
    options.signal?.throwIfAborted()
    try {
      await tmux.keysWhile(handle.pane, { cursor: sight.cursor }, ...adapter.leftover.keys)
      noteErased(handle)
      idle = (await isChanged(options, sight)) ? 0 : idle + 1
    } catch (error) {
      if (!isTmuxError(error)) throw error
      if (error.code !== 'SCREEN_CHANGED') return
    }
  }
}

/** The message that the agent had last, where its box shows nothing but that one. */
export interface SentInBox {
  readonly token: string
  /** Something came of it, so that it was only left standing there. */
  readonly isLeftover: boolean
}

/** The message of ours that the input box shows; `undefined` when what it shows is not ours. */
export async function sentInBox(
  { adapter, handle }: Pick<DeliverOptions, 'adapter' | 'handle'>,
  box: string,
): Promise<SentInBox | undefined> {
  const token = shownSent(handle, box, await adapter.pasteNumbering?.(handle))
  if (token === undefined) return undefined
  return { token, isLeftover: (await adapter.leftover?.isTaken({ ...handle, token })) ?? false }
}

async function seeSent(options: DeliverOptions): Promise<Sight | undefined> {
  const pane = await inspectPane(options)
  if (pane.status === 'refused' || pane.screen.kind !== 'prompt' || pane.cursor === undefined)
    return undefined
  const { box } = pane.screen
  if (dense(box) === '' || !(await sentInBox(options, box))?.isLeftover) return undefined
  return { box, cursor: pane.cursor }
}

async function isChanged({ tmux, handle, adapter }: DeliverOptions, sight: Sight): Promise<boolean> {
  const end = performance.now() + pressMs
  do {
    const { text, cursor } = await tmux.capture(handle.pane, { attributes: true })
    const screen = adapter.readScreen(text)
    const isSame = screen.kind === 'prompt' && screen.box === sight.box
    if (!isSame || cursor?.x !== sight.cursor.x || cursor?.y !== sight.cursor.y) return true
    await sleep(pollMs)
  } while (performance.now() < end)
  return false
}
