import { setTimeout } from 'node:timers/promises'
import { isProcessAlive } from './process-alive.ts'

const limitMs = 500
const intervalMs = 2

/**
 * Waits until the program of an anchor session has ended, by which the server shows that it has noticed that the client is gone. One
 * that does not notice is stopped, or busy: then it is not waited for any longer.
 */
export async function waitForAnchorEnd(pid: number | undefined): Promise<void> {
  const giveUpAt = performance.now() + limitMs
  while (pid !== undefined && isProcessAlive(pid) && performance.now() < giveUpAt)
    await setTimeout(intervalMs)
}
