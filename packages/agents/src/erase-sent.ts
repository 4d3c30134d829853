import { setTimeout as sleep } from 'node:timers/promises'
import { isTmuxError } from '@tmux-orchestrator/tmux-driver'
import { dense } from './box-text.ts'
import type { DeliverOptions } from './delivery.ts'
import { inspectPane } from './inspect-pane.ts'
import { beginErasing, shownSent } from './sent-message.ts'

/** A message has at most so many lines, each of which takes two presses. */
const pressesMax = 1_000
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
  for (let presses = 0; presses < pressesMax && performance.now() < deadline; presses += 1) {
    const sight = await seeSent(options)
    if (sight === undefined) return
    options.signal?.throwIfAborted()
    beginErasing(handle)
    try {
      await tmux.keysWhile(handle.pane, { cursor: sight.cursor }, ...adapter.leftover.keys)
    } catch (error) {
      if (!isTmuxError(error)) throw error
      if (error.code === 'SCREEN_CHANGED') continue
      return
    }
    await untilChanged(options, sight)
  }
}

/** Whether the box shows nothing but the message before, with which a turn of the agent began. */
export async function isLeftover({ adapter, handle }: DeliverOptions, box: string): Promise<boolean> {
  if (adapter.leftover === undefined) return false
  const token = shownSent(handle, box, await adapter.pasteNumbering?.(handle))
  return token !== undefined && (await adapter.leftover.isTaken({ ...handle, token }))
}

async function seeSent(options: DeliverOptions): Promise<Sight | undefined> {
  const pane = await inspectPane(options)
  if (pane.status === 'refused' || pane.screen.kind !== 'prompt' || pane.cursor === undefined)
    return undefined
  const { box } = pane.screen
  if (dense(box) === '' || !(await isLeftover(options, box))) return undefined
  return { box, cursor: pane.cursor }
}

async function untilChanged({ tmux, handle, adapter }: DeliverOptions, sight: Sight): Promise<void> {
  const end = performance.now() + pressMs
  while (performance.now() < end) {
    const { text, cursor } = await tmux.capture(handle.pane, { attributes: true })
    const screen = adapter.readScreen(text)
    const isSame = screen.kind === 'prompt' && screen.box === sight.box
    if (!isSame || cursor?.x !== sight.cursor.x || cursor?.y !== sight.cursor.y) return
    await sleep(pollMs)
  }
}
