import { setTimeout as sleep } from 'node:timers/promises'
import { isTmuxError } from '@tmux-orchestrator/tmux-driver'
import { showsToken } from './box-text.ts'
import type { DeliverOptions, Delivery } from './delivery.ts'
import { failedProbe, inspectPane } from './inspect-pane.ts'

const historyLines = 2_000
/** A program may not echo what is pasted; after this long Enter is pressed all the same. */
const echoMs = 500
const pollMs = 20

/** Types into a program that offers no proof. Its end is never `submitted`. */
export async function deliverUnproven(options: DeliverOptions): Promise<Delivery> {
  const { tmux, handle, message } = options
  try {
    if (await isOnScreen(options))
      return unknown('its token stands on the screen already; nothing was typed again')
    await tmux.paste(handle.pane, message.text, { bracketed: true })
  } catch (error) {
    if (isTmuxError(error) && error.details.outcome === 'unknown')
      return unknown('tmux was lost while pasting')
    return failedProbe(error)
  }
  try {
    const end = performance.now() + echoMs
    while (!(await isOnScreen(options)) && performance.now() < end) await sleep(pollMs)
    const pane = await inspectPane(options)
    if (pane.status === 'refused') return unknown(`pasted, then Enter was withheld: ${pane.reason}`)
    await tmux.keys(handle.pane, 'Enter')
    return unknown('typed; this program offers no proof')
  } catch (error) {
    if (!isTmuxError(error)) throw error
    return unknown(`pasted, then tmux failed: ${error.code}`)
  }
}

async function isOnScreen({ tmux, handle, message }: DeliverOptions): Promise<boolean> {
  const { text } = await tmux.capture(handle.pane, { lines: historyLines })
  return showsToken(text, message.token)
}

function unknown(detail: string): Delivery {
  return { status: 'unknown', detail }
}
