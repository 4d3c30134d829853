import { type FSWatcher, watch } from 'node:fs'

/** Tells that a folder changed. An accelerator: a folder that is absent or cannot be watched is not watched. */
export function watchFolder(path: string, onChange: () => void): { close(): void } {
  let watcher: FSWatcher | undefined
  try {
    watcher = watch(path, { persistent: false }, () => onChange())
    watcher.on('error', () => watcher?.close())
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error
  }
  return { close: () => watcher?.close() }
}
