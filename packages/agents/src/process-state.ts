import { readText } from './files.ts'

/** Field 22 of `/proc/<pid>/stat`, which tells two processes of the same id apart; undefined off Linux. */
export async function processStart(pid: number): Promise<string | undefined> {
  const stat = await readText(`/proc/${pid}/stat`)
  if (stat.status !== 'read') return undefined
  const afterName = stat.value.slice(stat.value.lastIndexOf(')') + 2)
  return afterName.split(' ')[19]
}
