import { type FSWatcher, watch } from 'node:fs'

/**
 * Tells that a folder changed, and which file in it where that is known. An accelerator: a folder that is absent or
 * cannot be watched is not watched.
 */
export function watchFolder(path: string, onChange: (file?: string) => void): { close(): void } {
  let watcher: FSWatcher | undefined
  try {
    watcher = watch(path, { persistent: false }, (_event, file) => onChange(file ?? undefined))
    watcher.on('error', () => watcher?.close())
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error
  }
  return { close: () => watcher?.close() }
}
