import { setTimeout } from 'node:timers/promises'
import { isTmuxError, TmuxError } from './errors.ts'
import { isProcessAlive } from './process-alive.ts'
import type { ServerLink } from './server-link.ts'

const goneWithinMs = 5000

/** Ends the server that a link leads to, and waits for its process; without one there is nothing to do. */
export async function endServer(link: ServerLink): Promise<void> {
  const connection = await link.connect(false).catch((error: unknown) => {
    if (isTmuxError(error, 'NO_SERVER')) return undefined
    throw error
  })
  if (connection === undefined) return
  const { pid } = link.server
  await Promise.race([connection.ended, connection.request({ line: 'kill-server' }).catch(ignoreLoss)])
  link.endKept()
  await connection.ended
  await waitUntilGone(pid)
}

function ignoreLoss(error: unknown): void {
  if (!isTmuxError(error, 'SERVER_LOST')) throw error
}

async function waitUntilGone(pid: number): Promise<void> {
  const giveUpAt = performance.now() + goneWithinMs
  while (isProcessAlive(pid)) {
    if (performance.now() > giveUpAt) {
      throw new TmuxError('TIMEOUT', `the tmux server (process ${pid}) was told to end and did not`, {
        details: { command: 'kill-server', outcome: 'unknown' },
        hint: `Look at process ${pid}.`,
      })
    }
    await setTimeout(5)
  }
}
