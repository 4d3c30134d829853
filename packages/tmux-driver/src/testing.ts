import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isTmuxError } from './errors.ts'
import type { OpenOptions } from './open-options.ts'
import { Tmux } from './tmux.ts'

/** A tmux server of its own, gone when disposed. */
export interface TemporaryServer extends AsyncDisposable {
  readonly tmux: Tmux
  /** For further handles on the same server. */
  readonly socketPath: string
}

/** A server with hundreds of full panes takes up to a minute and more to end, where it starts a process for each. */
const endMs = 300_000

/** A tmux server on a socket of its own, ended and removed with its handle. */
export async function temporaryServer(options: Omit<OpenOptions, 'socket'> = {}): Promise<TemporaryServer> {
  const directory = await mkdtemp(join(tmpdir(), 'tmo-'))
  const socketPath = join(directory, 's')
  const remove = (): Promise<void> => rm(directory, { recursive: true, force: true })
  try {
    const tmux = await Tmux.open({ ...options, socket: { path: socketPath } })
    return {
      tmux,
      socketPath,
      [Symbol.asyncDispose]: () => end(tmux, { ...options, socket: { path: socketPath } }).finally(remove),
    }
  } catch (error) {
    await remove()
    throw error
  }
}

/** Through a handle of its own, as the test may have closed its own, or lost it, or ended the server. */
async function end(tmux: Tmux, options: OpenOptions): Promise<void> {
  await tmux.close()
  try {
    const timeoutMs = Math.max(options.timeoutMs ?? 0, endMs)
    await using last = await Tmux.open({ ...options, start: false, timeoutMs })
    await last.killServer()
  } catch (error) {
    if (!isTmuxError(error, 'NO_SERVER')) throw error
  }
}
