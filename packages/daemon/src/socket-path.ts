import { createHash } from 'node:crypto'
import { accessSync, constants, lstatSync, rmdirSync } from 'node:fs'
import { isAbsolute, join } from 'node:path'
import { DaemonError } from './errors.ts'
import type { Environment } from './home.ts'
import { makeFolders } from './make-folders.ts'

/** Longer paths are cut silently by the system call. */
export const longestSocketPathBytes = 100

/** `<home>/daemon.sock`, where the path is short enough for a socket. */
export function naturalSocketPath(home: string): string | undefined {
  const path = join(home, 'daemon.sock')
  return Buffer.byteLength(path) <= longestSocketPathBytes ? path : undefined
}

/**
 * Where the daemon of a home listens: `<home>/daemon.sock`, or for a long home a hashed folder of ours under the runtime directory
 * (`XDG_RUNTIME_DIR` when writable, else `/tmp`). Creates nothing. A client reads the daemon's record instead, since its own
 * runtime directory may be another one.
 */
export function socketPath(home: string, env: Environment = process.env): string {
  const natural = naturalSocketPath(home)
  if (natural !== undefined) return natural
  const user = process.getuid?.() ?? 0
  return join(runtimeDirectory(env), `tmo-${user}-${hash(home, 16)}`, 'daemon.sock')
}

/**
 * Makes the folder of a hashed socket, closed to others.
 *
 * @throws DaemonError HOME_UNUSABLE when somebody else put something in its place
 */
export function ensureSocketFolder(home: string, folder: string): void {
  if (folder === home) return
  makeFolders(folder)
  const found = lstatSync(folder)
  const self = process.getuid?.() ?? found.uid
  if (found.isDirectory() && found.uid === self && (found.mode & 0o077) === 0) return
  throw new DaemonError(
    'HOME_UNUSABLE',
    `cannot listen in ${folder}: it is not a private folder of this user`,
    {
      hint: 'remove it, or choose a shorter TMO_HOME',
      details: { home, socket: folder },
    },
  )
}

/** Removes the folder of a hashed socket once it is empty; the home itself is never touched. */
export function removeSocketFolder(home: string, folder: string): void {
  if (folder === home) return
  try {
    rmdirSync(folder)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code !== 'ENOENT' && code !== 'ENOTEMPTY') throw error
  }
}

function hash(text: string, length: number): string {
  return createHash('sha256').update(text).digest('hex').slice(0, length)
}

function runtimeDirectory(env: Environment): string {
  const directory = env['XDG_RUNTIME_DIR']
  if (directory === undefined || !isAbsolute(directory) || Buffer.byteLength(directory) > 50) return '/tmp'
  try {
    accessSync(directory, constants.W_OK | constants.X_OK)
    return directory
  } catch (error) {
    if (error instanceof Error && 'code' in error) return '/tmp'
    throw error
  }
}
