import { type FSWatcher, statSync, watch } from 'node:fs'

/** How soon a folder that cannot be watched is tried again. */
const tryAgainMs = 1_000

/** What tells of changes. */
export interface ChangeWatch {
  /** Whether changes are told just now; where they are not, one has to look. */
  isWatching(): boolean
  close(): void
}

/**
 * Tells that a folder changed, and which file in it where that is known. An accelerator: a folder that is not there, or that the
 * system does not watch, is tried again every second and told of when it is watched; so is one that another takes the place of.
 */
export function watchFolder(path: string, onChange: (file?: string) => void): ChangeWatch {
  const own = new FolderWatch(path, onChange)
  own.begin()
  return own
}

class FolderWatch implements ChangeWatch {
  readonly #path: string
  readonly #onChange: (file?: string) => void
  #watcher: FSWatcher | undefined
  #identity: string | undefined
  #again: NodeJS.Timeout | undefined
  #isClosed = false

  constructor(path: string, onChange: (file?: string) => void) {
    this.#path = path
    this.#onChange = onChange
  }

  isWatching(): boolean {
    return this.#watcher !== undefined
  }

  /** Answers whether it watches now. */
  begin(): boolean {
    const identity = identityOf(this.#path)
    try {
      if (identity !== undefined) {
        const watcher = watch(this.#path, { persistent: false }, (event, file) => {
          if (watcher !== this.#watcher) return
          this.#onChange(file ?? undefined)
          if (event === 'rename' && identityOf(this.#path) !== this.#identity) this.#lose()
        })
        watcher.on('error', () => this.#lose())
        this.#watcher = watcher
        this.#identity = identity
        return true
      }
    } catch (error) {
      if (!(error instanceof Error && 'code' in error)) throw error
    }
    this.#tryLater()
    return false
  }

  close(): void {
    this.#isClosed = true
    clearTimeout(this.#again)
    this.#watcher?.close()
    this.#watcher = undefined
  }

  #lose(): void {
    if (this.#isClosed || this.#watcher === undefined) return
    this.#watcher.close()
    this.#watcher = undefined
    if (this.begin()) this.#onChange()
  }

  #tryLater(): void {
    if (this.#isClosed) return
    clearTimeout(this.#again)
    this.#again = setTimeout(() => {
      if (this.begin()) this.#onChange()
    }, tryAgainMs).unref()
  }
}

/** Tells a folder from another of the same name; `undefined` where there is none. */
function identityOf(path: string): string | undefined {
  const stat = statSync(path, { bigint: true, throwIfNoEntry: false })
  return stat === undefined ? undefined : `${stat.dev}:${stat.ino}:${stat.birthtimeNs}`
}
