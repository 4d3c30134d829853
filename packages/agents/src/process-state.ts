import { readFileSync } from 'node:fs'

/**
 * Field 22 of `/proc/<pid>/stat`, which tells two processes of the same id apart; undefined off Linux. Read at once: the kernel has it
 * at hand, and a turn of the thread pool costs ten times as much.
 */
export function processStart(pid: number, proc = '/proc'): string | undefined {
  return readStat(pid, proc)?.[19]
}

/** The process that started it; undefined off Linux, and of one that is gone. */
export function parentOf(pid: number, proc = '/proc'): number | undefined {
  const parent = readStat(pid, proc)?.[1]
  return parent === undefined ? undefined : Number(parent)
}

/** The fields behind the name, which may hold anything. */
function readStat(pid: number, proc: string): readonly string[] | undefined {
  try {
    const stat = readFileSync(`${proc}/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  } catch (error) {
    if (error instanceof Error && 'code' in error) return undefined
    throw error
  }
}
