/**
 * Makes the server collect children that have ended. tmux 3.3a misses about one SIGCHLD in a hundred: then the
 * child stays a zombie, and its pane without exit status or even alive, until the next child ends.
 *
 * @returns false when the server may not be signalled, being gone or another user's.
 */
export function remindOfChildren(serverPid: number): boolean {
  try {
    return process.kill(serverPid, 'SIGCHLD')
  } catch (error) {
    if (error instanceof Error && 'code' in error) return false
    throw error
  }
}
