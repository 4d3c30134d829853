import { stat } from 'node:fs/promises'
import type { LogEntry } from './log-file.ts'

export interface WatchProgramOptions {
  /** A file that the package brings along. */
  readonly file: string
  readonly log: (entry: LogEntry) => void
  /** Called once, when it has been gone for so long. */
  readonly gone: (file: string) => void
  /** An upgrade takes the files away and loads the next ones before it puts them there. @defaultValue 120 000 */
  readonly patienceMs?: number
  /** @defaultValue 5000 */
  readonly intervalMs?: number
}

/**
 * Notices that the package of a running daemon was removed, which `npm uninstall` says to nobody. What is loaded would go on, but
 * nobody could reach it any more: neither people nor agents have a command left.
 */
export function watchProgram(options: WatchProgramOptions): { stop(): void } {
  const { file, log, gone, patienceMs = 120_000, intervalMs = 5_000 } = options
  let since: number | undefined
  let isLooking = false
  const look = async (): Promise<void> => {
    const isThere = await isFileThere(file)
    if (isThere === 'unknown') return
    if (isThere) {
      if (since !== undefined) log({ level: 'info', event: 'program:back', file })
      since = undefined
      return
    }
    if (since === undefined) log({ level: 'warn', event: 'program:gone', file })
    since ??= performance.now()
    if (performance.now() - since < patienceMs || hasEnded) return
    stop()
    gone(file)
  }
  // a disk of the network may take its time
  const timer = setInterval(() => {
    if (isLooking) return
    isLooking = true
    void look().finally(() => {
      isLooking = false
    })
  }, intervalMs)
  let hasEnded = false
  const stop = (): void => {
    hasEnded = true
    clearInterval(timer)
  }
  return { stop }
}

/** What cannot be looked at is not gone. */
async function isFileThere(file: string): Promise<boolean | 'unknown'> {
  try {
    await stat(file)
    return true
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    return code === 'ENOENT' || code === 'ENOTDIR' ? false : 'unknown'
  }
}
