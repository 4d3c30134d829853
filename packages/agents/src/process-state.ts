import { readFileSync } from 'node:fs'

/**
 * Field 22 of `/proc/<pid>/stat`, which tells two processes of the same id apart; undefined off Linux. Read at once: the kernel has it
 * at hand, and a turn of the thread pool costs ten times as much.
 */
export function processStart(pid: number): string | undefined {
  let stat: string
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error) return undefined
    throw error
  }
  const afterName = stat.slice(stat.lastIndexOf(')') + 2)
  return afterName.split(' ')[19]
}
