import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync, rmSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Whether this machine can build and preload what notes the syncs. */
export const canCutPower: boolean =
  process.platform === 'linux' && spawnSync('cc', ['--version']).status === 0

/** The library to be preloaded into a writing process, built into the folder. */
export function buildSyncNotes(folder: string): string {
  const library = join(folder, 'note-syncs.so')
  const source = fileURLToPath(new URL('./programs/note-syncs.c', import.meta.url))
  execFileSync('cc', ['-shared', '-fPIC', '-O1', '-o', library, source, '-ldl'])
  return library
}

/**
 * Leaves of a killed process's database what the worst power cut would: of the log only what was synced, and nothing of its
 * index in memory. Sectors that are torn or written in another order are not modelled, nor is a log that began anew.
 */
export function cutPower(path: string): void {
  const notes = `${path}-wal.synced`
  truncateSync(`${path}-wal`, Number(readFileSync(notes, 'utf8')))
  rmSync(notes)
  rmSync(`${path}-shm`, { force: true })
}
