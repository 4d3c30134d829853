import { existsSync } from 'node:fs'
import type { LogEntry } from './log-file.ts'

export interface WatchProgramOptions {
  /** A file that the package brings along. */
  readonly file: string
  readonly log: (entry: LogEntry) => void
  /** Called once, when it has been gone for so long. */
  readonly gone: (file: string) => void
  /** An upgrade takes the files away and loads the next ones before it puts them there. @defaultValue 60 000 */
  readonly patienceMs?: number
  /** @defaultValue 5000 */
  readonly intervalMs?: number
}

/**
 * Notices that the package of a running daemon was removed, which `npm uninstall` says to nobody. What is loaded would go on, but
 * nobody could reach it any more: neither people nor agents have a command left.
 */
export function watchProgram(options: WatchProgramOptions): { stop(): void } {
  const { file, log, gone, patienceMs = 60_000, intervalMs = 5_000 } = options
  let since: number | undefined
  const look = (): void => {
    if (existsSync(file)) {
      if (since !== undefined) log({ level: 'info', event: 'program:back', file })
      since = undefined
      return
    }
    if (since === undefined) log({ level: 'warn', event: 'program:gone', file })
    since ??= performance.now()
    if (performance.now() - since < patienceMs) return
    clearInterval(timer)
    gone(file)
  }
  const timer = setInterval(look, intervalMs)
  return { stop: () => clearInterval(timer) }
}
