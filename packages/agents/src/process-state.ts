import { readText } from './files.ts'

/**
 * Whether a process runs. Signal 0 asks the kernel and reaches nobody; EPERM means that it runs as someone else.
 */
export function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

/** Field 22 of `/proc/<pid>/stat`, which tells two processes of the same id apart; undefined off Linux. */
export async function processStart(pid: number): Promise<string | undefined> {
  const stat = await readText(`/proc/${pid}/stat`)
  if (stat.status !== 'read') return undefined
  const afterName = stat.value.slice(stat.value.lastIndexOf(')') + 2)
  return afterName.split(' ')[19]
}
