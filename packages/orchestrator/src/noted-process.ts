import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { probeProcess, processStart } from './process-identity.ts'
import { errorCode } from './runtime.ts'

export interface NotedProcess {
  remove(): Promise<void>
}

/** Writes down which process group runs, so that a later daemon, or a stop, ends exactly that and nothing else. */
export function noteProcess(file: string, pid: number | undefined): NotedProcess {
  if (pid !== undefined)
    writeFileSync(file, JSON.stringify({ pid, start: processStart(pid) }), { mode: 0o600 })
  return { remove: () => rm(file, { force: true }) }
}

/** Ends what was noted, when it still runs, and forgets it. */
export function endNoted(file: string): void {
  const noted = readNote(file)
  if (noted && probeProcess(noted.pid, noted.start) === 'present') endGroup(noted.pid)
  rmSync(file, { force: true })
}

function readNote(file: string): { readonly pid: number; readonly start: string | null } | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as { pid: number; start: string | null }
  } catch (error) {
    if (error instanceof SyntaxError || errorCode(error) === 'ENOENT') return undefined
    throw error
  }
}

/** The process and everything that it started, by their process group. */
export function endGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}
