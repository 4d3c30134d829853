import type { tmuxSocket } from '@tmux-orchestrator/daemon'

/** Ends our own tmux server when nothing but our anchor is left on it; answers whether one ended. */
export async function endServer(
  env: Readonly<Record<string, string | undefined>>,
  socket: ReturnType<typeof tmuxSocket>,
): Promise<boolean> {
  const { isTmuxError, Tmux } = await import('@tmux-orchestrator/tmux-driver')
  try {
    await using tmux = await Tmux.open({
      socket,
      tmux: env['TMO_TMUX'] || 'tmux',
      start: false,
    })
    const rows = await tmux.list({ fields: ['sessionName'] })
    if (rows.length > 0) return false
    await tmux.killServer()
    return true
  } catch (error) {
    if (isTmuxError(error) && (error.code === 'NO_SERVER' || error.code === 'TMUX_NOT_FOUND')) return false
    // Another command ended it meanwhile, or only our client ended: whoever looks again knows.
    if (isTmuxError(error, 'SERVER_LOST')) return await endServer(env, socket)
    throw error
  }
}
