import { setTimeout as sleep } from 'node:timers/promises'
import { isProcessAlive } from '@tmux-orchestrator/tmux-driver'
import type { AgentHandle } from './adapter.ts'
import { processStart } from './process-state.ts'

/** How long an agent has to end by itself. */
export interface StopAgentOptions {
  /** How long it may take to end by itself before it is killed. @defaultValue 5_000 */
  readonly graceMs?: number
  readonly signal?: AbortSignal
}

const pollMs = 20
const killMs = 2_000

/**
 * Asks an agent's program to end, and kills it when it does not: the whole process group of its pane, for a wrapper may
 * keep the request to itself, as Gemini CLI's does. Its conversation can be resumed.
 *
 * @returns `ended` by itself, `killed`, or `alive` when even that did not help
 */
export async function stopAgent(
  { pid }: Pick<AgentHandle, 'pid'>,
  options: StopAgentOptions = {},
): Promise<'ended' | 'killed' | 'alive'> {
  const start = processStart(pid)
  const isGone = (): boolean => !isProcessAlive(pid) || processStart(pid) !== start
  if (isGone()) return 'ended'
  signalGroup(pid, 'SIGTERM')
  if (await within(options.graceMs ?? 5_000, isGone, options.signal)) return 'ended'
  signalGroup(pid, 'SIGKILL')
  return (await within(killMs, isGone, options.signal)) ? 'killed' : 'alive'
}

/** The group that the process leads; the process alone where it leads none. */
function signalGroup(pid: number, name: NodeJS.Signals): void {
  for (const target of [-pid, pid]) {
    try {
      process.kill(target, name)
      return
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
    }
  }
}

async function within(limitMs: number, isSo: () => boolean, signal?: AbortSignal): Promise<boolean> {
  const end = performance.now() + limitMs
  for (;;) {
    if (isSo()) return true
    signal?.throwIfAborted()
    if (performance.now() >= end) return false
    await sleep(pollMs)
  }
}
