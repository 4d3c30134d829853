import { lstatSync } from 'node:fs'
import { dirname } from 'node:path'
import { DaemonError } from './errors.ts'
import type { LogEntry } from './log-file.ts'
import type { Place } from './place.ts'
import type { SocketServer } from './server.ts'
import { ensureSocketFolder } from './socket-path.ts'

export interface WatchHomeOptions {
  readonly place: Place
  readonly server: SocketServer
  readonly log: (entry: LogEntry) => void
  readonly fail: (error: Error) => void
  /** @defaultValue 5000 */
  readonly intervalMs?: number
}

/** Ends a daemon whose home was removed, and listens again when only the socket was (a cleaner of /tmp does that). */
export function watchHome(options: WatchHomeOptions): { stop(): void } {
  const { place, server, log, fail } = options
  const lock = inode(place.paths.lock)
  let isRebinding = false
  const look = async (): Promise<void> => {
    if (isRebinding) return
    if (inode(place.paths.lock) !== lock) {
      const details = { home: place.home }
      return fail(new DaemonError('HOME_UNUSABLE', `${place.home} was removed or replaced`, { details }))
    }
    if (server.isReachable()) return
    isRebinding = true
    try {
      ensureSocketFolder(place.home, dirname(place.socket))
      await server.rebind()
      log({ level: 'warn', event: 'socket:restored', socket: place.socket })
    } catch (error) {
      log({
        level: 'error',
        event: 'socket:lost',
        message: error instanceof Error ? error.message : String(error),
      })
    } finally {
      isRebinding = false
    }
  }
  const timer = setInterval(() => void look(), options.intervalMs ?? 5_000)
  return { stop: () => clearInterval(timer) }
}

function inode(path: string): number | undefined {
  return lstatSync(path, { throwIfNoEntry: false })?.ino
}
