import { closeSync, type FSWatcher, openSync, utimesSync, watch } from 'node:fs'
import type { PreparedDatabase } from './connection.ts'
import type { StoreWatch } from './store.ts'

/** Looks even when no word came: a program that writes without this package touches nothing. */
const lookEveryMs = 1_000

/** For so long a writer believes that nobody watches; who begins to watch looks once more after it. */
const unwatchedMs = 50

const wakeFile = (path: string): string => `${path}-wake`

/** Tells those who watch a file that something was committed; where nobody ever did, there is nothing to touch. */
export class Wake {
  readonly #path: string
  #unwatchedUntil = 0

  constructor(path: string) {
    this.#path = path
  }

  touch(): void {
    if (this.#path === ':memory:' || performance.now() < this.#unwatchedUntil) return
    const now = Date.now() / 1000
    try {
      utimesSync(wakeFile(this.#path), now, now)
    } catch (error) {
      if (!(error instanceof Error) || !('code' in error)) throw error
      // Nobody watches; or whoever may not touch it is heard a little later.
      this.#unwatchedUntil = performance.now() + unwatchedMs
    }
  }
}

/**
 * A touched file wakes, and SQLite's count of commits by others decides, so that our own commits wake nobody here. The log
 * itself is no file to watch: it vanishes with the last connection, and its events came 27 ms late at 99 %.
 */
export function watchFile(database: PreparedDatabase, onChange: () => void): StoreWatch {
  const dataVersion = database.raw.prepare<unknown[], unknown>('PRAGMA data_version').pluck()
  const readVersion = (): unknown => (database.raw.open ? dataVersion.get() : undefined)
  let seen = readVersion()
  const look = (): void => {
    const version = readVersion()
    if (version === undefined || version === seen) return
    seen = version
    onChange()
  }
  const watcher = database.path === ':memory:' ? undefined : watchTouches(wakeFile(database.path), look)
  const timer = setInterval(look, lookEveryMs)
  timer.unref()
  const second = setTimeout(look, 2 * unwatchedMs)
  second.unref()
  const close = async (): Promise<void> => {
    clearInterval(timer)
    clearTimeout(second)
    watcher?.close()
  }
  return { close, [Symbol.asyncDispose]: close }
}

function watchTouches(path: string, look: () => void): FSWatcher | undefined {
  try {
    closeSync(openSync(path, 'a', 0o600))
    const watcher = watch(path, { persistent: false }, look)
    // The number of watches is limited by the system; the look by the clock goes on.
    watcher.on('error', () => watcher.close())
    return watcher
  } catch (error) {
    if (error instanceof Error && 'code' in error) return undefined
    throw error
  }
}
