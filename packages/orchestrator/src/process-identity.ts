import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import type { Presence } from './diff.ts'

/** When a process started, as the system itself words it; pids are used again, this pair is not. */
export function processStart(pid: number, platform: NodeJS.Platform = process.platform): string | null {
  if (platform === 'linux') {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      if (fields[0] === 'Z' || fields[0] === 'X') return null
      return fields[19] ?? null
    } catch (error) {
      if (isGone(error)) return null
      throw error
    }
  }
  try {
    return (
      execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], {
        encoding: 'utf8',
        timeout: 5000,
        // the same words whatever language the caller has
        env: { ...process.env, LC_ALL: 'C' },
      }).trim() || null
    )
  } catch {
    return null
  }
}

/** Whether exactly that process lives. A pid without its start time is only ever `absent` or `unknown`. */
export function probeProcess(
  pid: number | null,
  start: string | null,
  platform: NodeJS.Platform = process.platform,
): Presence {
  if (pid === null) return 'absent'
  try {
    const seen = processStart(pid, platform)
    if (seen === null) return 'absent'
    if (start === null) return 'unknown'
    return seen === start ? 'present' : 'absent'
  } catch {
    return 'unknown'
  }
}

function isGone(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code
  return code === 'ENOENT' || code === 'ESRCH'
}
