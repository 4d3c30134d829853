import type { Context } from '@tmux-orchestrator/cli'
import type { tmuxSocket } from '@tmux-orchestrator/daemon'

/** Whether a tmux server listens there; starts none. */
export async function hasServer(
  { env }: Pick<Context, 'env'>,
  socket: ReturnType<typeof tmuxSocket>,
): Promise<boolean> {
  const { isTmuxError, Tmux } = await import('@tmux-orchestrator/tmux-driver')
  try {
    await using _ = await Tmux.open({ socket, tmux: env['TMO_TMUX'] || 'tmux', start: false })
    return true
  } catch (error) {
    if (isTmuxError(error)) return false
    throw error
  }
}
