import { copyFileSync, existsSync, mkdirSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { withTarball } from '../pack.mjs'

const lanes = 3

/** The tarballs of packages of this workspace, in their order; each is packed once in a run. */
export async function packOnce(directories: readonly string[]): Promise<readonly string[]> {
  const shop = process.env['TMO_SHOP']
  if (shop === undefined) throw new Error('no shop is named: scripts/test-guard.ts does')
  const folder = join(shop, 'tarballs')
  mkdirSync(folder, { recursive: true })
  // An app may be called as the library that it shows.
  const fileOf = (directory: string): string =>
    join(folder, `${basename(dirname(directory))}-${basename(directory)}.tgz`)
  const queue = directories.filter((directory) => !existsSync(fileOf(directory)))
  const work = async (): Promise<void> => {
    for (let directory = queue.shift(); directory !== undefined; directory = queue.shift()) {
      const file = fileOf(directory)
      await withTarball(directory, async ({ tarball }) => copyFileSync(tarball, file))
    }
  }
  await Promise.all(Array.from({ length: lanes }, work))
  return directories.map(fileOf)
}
