import { lstatSync, type Stats, unlinkSync } from 'node:fs'
import { connect } from 'node:net'

/**
 * Removes the file of a tmux socket that no server listens at any more: tmux leaves it behind when its server ends. What is no
 * socket, or was made anew meanwhile, stays; answers whether it was removed.
 */
export async function removeSocket(path: string): Promise<boolean> {
  const found = look(path)
  if (!found?.isSocket() || !(await isDeserted(path))) return false
  const now = look(path)
  if (now?.ino !== found.ino || now.ctimeMs !== found.ctimeMs) return false
  unlinkSync(path)
  return true
}

function look(path: string): Stats | undefined {
  return lstatSync(path, { throwIfNoEntry: false })
}

/** Only a refused connection says so: a socket that is not ours to use may well have a server. */
async function isDeserted(path: string): Promise<boolean> {
  return await new Promise((resolve) => {
    const socket = connect(path)
    const answer = (deserted: boolean): void => {
      socket.destroy()
      resolve(deserted)
    }
    socket.once('connect', () => answer(false))
    socket.once('error', (error: NodeJS.ErrnoException) => answer(error.code === 'ECONNREFUSED'))
  })
}
