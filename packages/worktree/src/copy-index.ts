import { copyFile, stat, utimes } from 'node:fs/promises'

/**
 * Copies an index that git will read as one, with its time. git trusts what an index knows of a file only where the file is older
 * than the index: in a copy that is newer, a change of the same second and length would count as none, and would be lost.
 */
export async function copyIndex(from: string, to: string): Promise<void> {
  const { mtimeMs } = await stat(from)
  await copyFile(from, to)
  // Whole seconds, the earlier ones: the older the index, the more files git looks into.
  const seconds = Math.floor(mtimeMs / 1000)
  await utimes(to, seconds, seconds)
}
