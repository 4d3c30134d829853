import { execFile } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Note } from './transcript.ts'

/** Puts the agent's own pane into copy mode for a while, as somebody does who scrolls back. Outside of tmux nothing happens. */
export async function scrollBack(
  env: NodeJS.ProcessEnv,
  options: { readonly forMs: number; readonly note: (note: Note) => void; readonly signal: AbortSignal },
): Promise<void> {
  const { TMUX, TMUX_PANE } = env
  if (!TMUX || !TMUX_PANE) return
  if (!(await tmux(env, ['copy-mode', '-t', TMUX_PANE]))) return
  options.note({ type: 'scroll', did: 'began' })
  await sleep(options.forMs, undefined, { signal: options.signal })
  await tmux(env, ['send-keys', '-t', TMUX_PANE, '-X', 'cancel'])
  options.note({ type: 'scroll', did: 'ended' })
}

/** False when the server is gone, or somebody left the mode before: neither matters here. */
function tmux(env: NodeJS.ProcessEnv, argv: readonly string[]): Promise<boolean> {
  return new Promise((resolve) => {
    execFile('tmux', argv, { env }, (error) => resolve(error === null))
  })
}
