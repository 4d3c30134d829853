import { setTimeout } from 'node:timers/promises'
import { isTmuxError, TmuxError } from './errors.ts'
import { isProcessAlive } from './process-alive.ts'
import type { ServerLink } from './server-link.ts'
import { untilLate } from './until-aborted.ts'

/** Ends the server that a link leads to, and waits for its process; without one there is nothing to do. */
export async function endServer(
  link: ServerLink,
  { timeoutMs, signal }: { readonly timeoutMs: number; readonly signal: AbortSignal | undefined },
): Promise<void> {
  const connecting = link.connectWithin(timeoutMs, { start: false, signal })
  const connection = await connecting.catch((error: unknown) => {
    if (isTmuxError(error, 'NO_SERVER')) return undefined
    throw error
  })
  if (connection === undefined) return
  const { pid } = link.server
  const giveUpAt = performance.now() + timeoutMs
  const asked = connection.request({ line: 'kill-server', timeoutMs, signal }).catch(ignoreLoss)
  await Promise.race([connection.ended, asked])
  link.endKept()
  await untilLate(connection.ended, Math.max(1, giveUpAt - performance.now()), () => stillThere(pid))
  await waitUntilGone(pid, giveUpAt)
}

function ignoreLoss(error: unknown): void {
  if (!isTmuxError(error, 'SERVER_LOST')) throw error
}

async function waitUntilGone(pid: number, giveUpAt: number): Promise<void> {
  while (isProcessAlive(pid)) {
    if (performance.now() > giveUpAt) throw stillThere(pid)
    await setTimeout(5)
  }
}

function stillThere(pid: number): TmuxError {
  return new TmuxError('TIMEOUT', `the tmux server (process ${pid}) was told to end and did not`, {
    details: { command: 'kill-server', outcome: 'unknown' },
    hint: `It takes seconds where there are hundreds of panes with a long history; look at process ${pid}.`,
  })
}
