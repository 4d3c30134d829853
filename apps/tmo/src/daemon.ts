import { fileURLToPath } from 'node:url'
import type { Context } from '@tmux-orchestrator/cli'
import { connectDaemon, type DaemonClient } from '@tmux-orchestrator/daemon'

/** This program's own entry: the daemon writes it into `$TMO_HOME/bin/tmo`. */
export const cliPath: string = fileURLToPath(new URL('../bin/tmo.js', import.meta.url))

/** A connection to the daemon of this home; starts one when none runs. */
export async function openDaemon(
  context: Context,
  signal: AbortSignal = context.signal,
): Promise<DaemonClient> {
  return await connectDaemon({ env: context.env, start: true, cliPath, signal })
}

/** How people here type the command: `tmo`, or what started it (such as `npm start --`). */
export function commandName(context: Context): string {
  return context.env['TMO_COMMAND'] || 'tmo'
}
