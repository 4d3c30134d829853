import { readFileSync } from 'node:fs'

/**
 * Whether a process runs, by this or any other user. One that has ended and was not yet collected by its parent does
 * not: tmux leaves some uncollected. What is no process id (0, negative, a fraction) is not alive.
 */
export function isProcessAlive(pid: number): boolean {
  return isAliveOn(process.platform, pid)
}

/** The same, as another system would tell. */
export function isAliveOn(platform: NodeJS.Platform, pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0) return false
  try {
    process.kill(pid, 0)
  } catch (error) {
    return hasCode(error, 'EPERM')
  }
  return platform !== 'linux' || !isZombie(pid)
}

function isZombie(pid: number): boolean {
  try {
    return /^\d+ \(.*\) [ZX] /s.test(readFileSync(`/proc/${pid}/stat`, 'latin1'))
  } catch (error) {
    if (hasCode(error, 'ENOENT') || hasCode(error, 'ESRCH')) return true
    // A process that may open no more files knows only that there is one of that id.
    if (hasCode(error, 'EMFILE') || hasCode(error, 'ENFILE')) return false
    throw error
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}
