import type { CommandRunner } from './command-runner.ts'
import { isTmuxError } from './errors.ts'
import type { PaneId, SessionId, WindowId } from './ids.ts'
import { formatCommand } from './quote.ts'

/** Ends something; `false` when there is none of that id. */
export async function kill(
  runner: CommandRunner,
  command: 'kill-pane' | 'kill-window' | 'kill-session',
  target: SessionId | WindowId | PaneId,
): Promise<boolean> {
  try {
    await runner.run(formatCommand([command, '-t', target]), {
      target,
      takesTurn: command === 'kill-session',
    })
    return true
  } catch (error) {
    if (isTmuxError(error, 'NO_SUCH_TARGET')) return false
    throw error
  }
}
