import { setTimeout as delay } from 'node:timers/promises'
import { callerOf, refuseAgent } from './caller.ts'
import { openClient } from './daemon-client.ts'
import { readRecord } from './daemon-record.ts'
import { DaemonError, isDaemonError } from './errors.ts'
import { type Environment, homePaths } from './home.ts'
import { isAlive, type ProcessIdentity } from './process-identity.ts'
import { version } from './version.ts'
import { isRemoteError } from './wire-error.ts'

/** How long the end of its process is waited for. */
export interface StopDaemonOptions {
  readonly signal?: AbortSignal
  /** For the daemon to end. @defaultValue 15 000 */
  readonly timeoutMs?: number
  /** Tells whether an agent asks. @defaultValue `process.env` */
  readonly env?: Environment
}

/**
 * Asks the daemon of a home to end and waits until its process is gone. tmux sessions and agents go on. One that does not listen is
 * sent SIGTERM, after its identity was checked.
 *
 * @returns `stopped: false` when none ran
 * @throws DaemonError NOT_ALLOWED in an agent's pane; STOP_TIMEOUT when it is still there at the deadline
 */
export async function stopDaemon(
  home: string,
  options: StopDaemonOptions = {},
): Promise<{ stopped: true; pid: number } | { stopped: false }> {
  const { signal, timeoutMs = 15_000, env = process.env } = options
  refuseAgent(callerOf(env), 'daemon.stop')
  const deadline = performance.now() + timeoutMs
  const daemon = readRecord(homePaths(home).record)
  if (daemon === undefined || !isAlive(daemon)) return { stopped: false }
  await ask(home, daemon, timeoutMs, signal)
  while (isAlive(daemon)) {
    if (performance.now() > deadline) throw stillThere(home, daemon, timeoutMs)
    await delay(20, undefined, signal === undefined ? {} : { signal })
  }
  return { stopped: true, pid: daemon.pid }
}

async function ask(
  home: string,
  daemon: ProcessIdentity,
  timeoutMs: number,
  signal?: AbortSignal,
): Promise<void> {
  try {
    await using client = await openClient({ home, version, signal, timeoutMs: Math.min(2_000, timeoutMs) })
    await client.call('daemon.stop', {}, { timeoutMs: 2_000, ...(signal === undefined ? {} : { signal }) })
  } catch (error) {
    if (!isDaemonError(error) && !isRemoteError(error)) throw error
    if (isAlive(daemon)) process.kill(daemon.pid, 'SIGTERM')
  }
}

function stillThere(home: string, { pid }: ProcessIdentity, timeoutMs: number): DaemonError {
  return new DaemonError(
    'STOP_TIMEOUT',
    `the daemon of ${home} (pid ${pid}) did not end within ${timeoutMs} ms`,
    {
      hint: `nothing is lost when it is killed: kill -9 ${pid}`,
      details: { home, pid, timeoutMs },
    },
  )
}
