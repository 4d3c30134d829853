import { fileURLToPath } from 'node:url'
import { CliError, type Context } from '@tmux-orchestrator/cli'
import { callerOf, connectDaemon, type DaemonClient, isDaemonError, version } from '@tmux-orchestrator/daemon'

/** This program's own entry: the daemon writes it into `$TMO_HOME/bin/tmo`. */
export const cliPath: string = fileURLToPath(new URL('../bin/tmo.js', import.meta.url))

/** Contexts that were told of a daemon of another version: once for each command is enough. */
const told = new WeakSet<Context>()

/** A connection to the daemon of this home; starts one when none runs. */
export async function openDaemon(
  context: Context,
  signal: AbortSignal = context.signal,
): Promise<DaemonClient> {
  try {
    const daemon = await connectDaemon({ env: context.env, start: true, cliPath, signal })
    tellVersions(context, daemon)
    return daemon
  } catch (error) {
    throw explainNewer(error)
  }
}

/**
 * A connection for a command that may only say what it would do: that starts no daemon.
 *
 * @throws DaemonError NOT_RUNNING, whose hint says what starts one
 */
export async function openDaemonFor(
  context: Context,
  { dryRun }: { readonly dryRun: boolean },
): Promise<DaemonClient> {
  if (!dryRun) return await openDaemon(context)
  try {
    const daemon = await connectDaemon({ env: context.env, signal: context.signal })
    tellVersions(context, daemon)
    return daemon
  } catch (error) {
    if (!isDaemonError(error, 'NOT_RUNNING')) throw error
    throw new CliError('NOT_RUNNING', `${error.message}, and a dry run starts none`, {
      hint: `${commandName(context)} list starts one; then again`,
      cause: error,
    })
  }
}

/** How people here type the command: `tmo`, or what started it (such as `npm start --`). */
export function commandName(context: Context): string {
  return context.env['TMO_COMMAND'] || 'tmo'
}

/** A database that a newer version has made says which command gets that version; any other error stays as it is. */
export function explainNewer(error: unknown): unknown {
  if (!(error instanceof Error)) return error
  const isNewer =
    ('code' in error && error.code === 'NEWER_DATABASE') ||
    (isDaemonError(error, 'START_FAILED') && error.details.reason === 'NEWER_DATABASE')
  if (!isNewer) return error
  return new CliError('NEWER_DATABASE', `${error.message}; nothing was changed`, {
    hint: 'npm install -g tmux-orchestrator@latest, or work in another home: TMO_HOME=DIR tmo …',
    cause: error,
  })
}

/** A package that was replaced under a running daemon: the daemon goes on with what it had loaded. */
function tellVersions(context: Context, { daemon }: DaemonClient): void {
  if (daemon.version === version || callerOf(context.env) !== undefined || told.has(context)) return
  told.add(context)
  const tmo = commandName(context)
  context.warn(
    `the daemon (pid ${daemon.pid}) is of version ${daemon.version}, this tmo comes with ${version}; "${tmo} restart" replaces the daemon, and teams go on`,
  )
}
