import { randomBytes } from 'node:crypto'
import { link, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

/** What a file system that has no hard links says: FAT, exFAT and many that come over a network or from another system. */
const withoutLinks: ReadonlySet<unknown> = new Set([
  'EPERM',
  'ENOTSUP',
  'EOPNOTSUPP',
  'ENOSYS',
  'EMLINK',
  'EXDEV',
])

/**
 * Makes a file that is there in whole or not at all, and never replaces one. Where the file system has no hard links a process that
 * is killed while it writes may leave a part.
 *
 * @throws EEXIST when a file is there already, and whatever else the system says; then nothing was left
 */
export async function writeOnce(
  file: string,
  text: string,
  { makeLink = link }: { readonly makeLink?: typeof link } = {},
): Promise<void> {
  const draft = join(dirname(file), `.${basename(file)}.${randomBytes(4).toString('hex')}`)
  try {
    await writeFile(draft, text, { flag: 'wx' })
    await makeLink(draft, file)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && withoutLinks.has(error.code))) throw error
    await writeDirectly(file, text)
  } finally {
    await rm(draft, { force: true })
  }
}

/** The file is ours from its first byte, or `wx` finds another's. */
async function writeDirectly(file: string, text: string): Promise<void> {
  await writeFile(file, '', { flag: 'wx' })
  try {
    await writeFile(file, text)
  } catch (error) {
    await rm(file, { force: true })
    throw error
  }
}
