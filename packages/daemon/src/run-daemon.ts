import type { DaemonStatus } from './daemon-status.ts'
import type { Environment } from './home.ts'

/** The home that the daemon holds, the program that it hands to panes, and what ends it. */
export interface RunDaemonOptions {
  /** @defaultValue what `env` names, see `resolveHome` */
  readonly home?: string
  /** @defaultValue `process.env` */
  readonly env?: Environment
  /** The program that `$TMO_HOME/bin/tmo` runs for people's commands: an absolute path. */
  readonly cliPath?: string
  /** Ends the daemon in peace. */
  readonly signal?: AbortSignal
  /** Called once clients can connect. */
  readonly onReady?: (status: DaemonStatus) => void
}

/** Why a daemon ended in peace. */
export interface DaemonEnd {
  readonly cause: string
}

/**
 * Runs the daemon of a home in this process until it is asked to end; its tmux server and agents go on without it. The store and the
 * engine are loaded here and not with the package, so that a client costs nothing of them.
 *
 * @throws DaemonError HOME_UNUSABLE, ALREADY_RUNNING; RemoteError with the store's code when the database cannot be opened;
 * DaemonError STORE_LOST when the store's thread dies: the process should end then, and the next start recovers
 */
export async function runDaemon(options: RunDaemonOptions = {}): Promise<DaemonEnd> {
  const { liveAsDaemon } = await import('./daemon.ts')
  return await liveAsDaemon(options)
}
