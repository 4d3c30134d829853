import { setTimeout as delay } from 'node:timers/promises'
import { callerOf } from './caller.ts'
import { openClient } from './daemon-client.ts'
import type { DaemonClient } from './daemon-requests.ts'
import { isDaemonError } from './errors.ts'
import { type Environment, resolveHome } from './home.ts'
import type { Identity } from './protocol.ts'
import { spawnDaemon } from './spawn-daemon.ts'
import { version } from './version.ts'

/** Which daemon, who asks, and whether one is started. */
export interface ConnectDaemonOptions {
  /** @defaultValue what `env` names, see `resolveHome` */
  readonly home?: string
  /** @defaultValue `process.env` */
  readonly env?: Environment
  /** Start a daemon in the background when none runs. @defaultValue false */
  readonly start?: boolean
  /** The program that `$TMO_HOME/bin/tmo` of a started daemon runs for people's commands: an absolute path. */
  readonly cliPath?: string
  readonly signal?: AbortSignal
  /** For the daemon to answer; a start included. @defaultValue 30 000 */
  readonly timeoutMs?: number
}

const pollMs = 20

/**
 * Connects to the daemon of a home, and starts one first where that is asked for. In an agent's pane (`TMO_AGENT` in `env`)
 * everything that is asked speaks for that agent, who may do less than a person.
 *
 * @throws DaemonError NOT_RUNNING, TIMEOUT, PROTOCOL_MISMATCH; with `start` also HOME_UNUSABLE, BAD_ARGUMENT (what the
 * environment chooses) and START_FAILED, whose hint and `details.log` tell what the daemon said
 * @example
 * await using daemon = await connectDaemon({ start: true })
 * console.log((await daemon.status()).pid)
 */
export async function connectDaemon(options: ConnectDaemonOptions = {}): Promise<DaemonClient> {
  const env = options.env ?? process.env
  const home = options.home === undefined ? resolveHome(env) : resolveHome({ TMO_HOME: options.home })
  const { signal, timeoutMs } = options
  const as = callerOf(env)
  if (options.start !== true) return await openClient({ home, version, signal, timeoutMs }, as)
  const found = await tryOpen(home, as, signal, timeoutMs)
  return found ?? (await startAndConnect(home, env, options))
}

async function startAndConnect(
  home: string,
  env: Environment,
  options: ConnectDaemonOptions,
): Promise<DaemonClient> {
  const { signal, cliPath, timeoutMs = 30_000 } = options
  const deadline = performance.now() + timeoutMs
  let child = await spawnDaemon({ home, env, cliPath })
  for (;;) {
    const hasExited = child.exited !== undefined
    const client = await tryOpen(
      home,
      callerOf(env),
      signal,
      Math.max(1, Math.ceil(deadline - performance.now())),
    )
    if (client !== undefined) return client
    const failure = hasExited ? child.failure() : undefined
    // When another start was quicker, its daemon is the one that will answer.
    if (failure !== undefined && failure.details.reason !== 'ALREADY_RUNNING') {
      // A scope that systemd does not grant is no reason to go without a daemon.
      if (!child.isScoped || failure.details.reason !== undefined) throw failure
      child = await spawnDaemon({ home, env, cliPath, scope: false })
    }
    if (performance.now() > deadline) throw child.failure()
    await delay(pollMs, undefined, signal === undefined ? {} : { signal })
  }
}

async function tryOpen(
  home: string,
  as: Identity | undefined,
  signal?: AbortSignal,
  timeoutMs?: number,
): Promise<DaemonClient | undefined> {
  try {
    return await openClient({ home, version, signal, timeoutMs }, as)
  } catch (error) {
    if (isDaemonError(error, 'NOT_RUNNING') || isDaemonError(error, 'CONNECTION_LOST')) return undefined
    throw error
  }
}
