import { type FSWatcher, watch } from 'node:fs'

/** How soon a folder that was not there is looked for again. */
const lookAgainMs = 1_000

/**
 * Tells that a folder changed, and which file in it where that is known. An accelerator: what cannot be watched is not. A folder
 * that is not there yet is told of when it is there.
 */
export function watchFolder(path: string, onChange: (file?: string) => void): { close(): void } {
  let watcher: FSWatcher | undefined
  let again: NodeJS.Timeout | undefined
  let isClosed = false
  const begin = (): boolean => {
    try {
      watcher = watch(path, { persistent: false }, (_event, file) => onChange(file ?? undefined))
      watcher.on('error', () => watcher?.close())
      return true
    } catch (error) {
      if (!(error instanceof Error && 'code' in error)) throw error
      if (error.code === 'ENOENT' && !isClosed) again = setTimeout(retry, lookAgainMs).unref()
      return false
    }
  }
  const retry = (): void => {
    if (begin()) onChange()
  }
  begin()
  return {
    close: () => {
      isClosed = true
      clearTimeout(again)
      watcher?.close()
    },
  }
}
