import { createHash } from 'node:crypto'
import { realpathSync } from 'node:fs'
import { basename, dirname, isAbsolute, join, resolve } from 'node:path'
import { DaemonError } from './errors.ts'
import type { Environment } from './home.ts'

/**
 * The tmux socket of a home: `TMO_TMUX_SOCKET` (a path when absolute), else a name of its own.
 *
 * @throws DaemonError BAD_ARGUMENT for the user's default tmux server, by whatever path, and for what is neither a name nor an
 * absolute path
 */
export function tmuxSocket(
  home: string,
  env: Environment = process.env,
): { name: string } | { path: string } {
  const chosen = env['TMO_TMUX_SOCKET']
  if (chosen === undefined || chosen === '') return { name: `tmo-${hash(home)}` }
  const socket = isAbsolute(chosen) ? { path: chosen } : { name: chosen }
  if ('name' in socket && chosen.includes('/')) {
    throw refused(chosen, 'is neither the name of a socket nor an absolute path')
  }
  if (isDefaultServer(socket, env)) throw refused(chosen, 'is your default tmux server, which is never used')
  return socket
}

/** The socket's file, where tmux makes it for this environment. */
export function tmuxSocketPath(socket: { name: string } | { path: string }, env: Environment): string {
  if ('path' in socket) return realPath(socket.path)
  return join(socketFolder(existingFolder(env['TMUX_TMPDIR']) ?? '/tmp'), socket.name)
}

function isDefaultServer(socket: { name: string } | { path: string }, env: Environment): boolean {
  if ('name' in socket) return socket.name === 'default'
  const path = realPath(socket.path)
  const roots = ['/tmp', ...(env['TMUX_TMPDIR'] ? [env['TMUX_TMPDIR']] : [])]
  return roots.some((root) => realPath(join(socketFolder(root), 'default')) === path)
}

/** tmux keeps the sockets of a user below `TMUX_TMPDIR` where that is there, else below `/tmp`. */
function socketFolder(root: string): string {
  return join(realPath(resolve(root)), `tmux-${process.getuid?.() ?? 0}`)
}

function existingFolder(path: string | undefined): string | undefined {
  if (path === undefined || path === '') return undefined
  try {
    return realpathSync(path)
  } catch (error) {
    if (error instanceof Error && 'code' in error) return undefined
    throw error
  }
}

/** Links are followed as far as the path exists. */
function realPath(path: string): string {
  const found = existingFolder(path)
  if (found !== undefined) return found
  const parent = dirname(resolve(path))
  return parent === path ? path : join(realPath(parent), basename(path))
}

function refused(chosen: string, why: string): DaemonError {
  return new DaemonError('BAD_ARGUMENT', `TMO_TMUX_SOCKET=${chosen} ${why}`, {
    hint: 'leave TMO_TMUX_SOCKET unset for a server of our own, or give another name or an absolute path',
  })
}

function hash(home: string): string {
  return createHash('sha256').update(home).digest('hex').slice(0, 8)
}
