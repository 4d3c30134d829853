import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { listPublished } from '../published-packages.mjs'
import { packOnce } from './pack-once.ts'
import { type Next, publishTarballs } from './publish-tarballs.ts'
import { openRegistry, type Registry } from './registry.ts'

/** A registry on loopback with what this workspace has built, packed as a release does. */
export interface Shop extends Registry {
  /** Of npm; what one test has loaded no other loads again. */
  readonly cache: string
}

/** The libraries, what people install, and one tool that it names. */
export const sold = listPublished().filter(
  ({ name, directory }) =>
    directory.includes('/packages/') ||
    name === 'tmux-orchestrator' ||
    name === '@tmux-orchestrator/team-cli',
)

/**
 * Opens the shop that the files of this run share: the first of them packs and publishes, and what it holds stays on the disk until
 * the run ends (`test-guard.ts`).
 */
export async function openShop(): Promise<Shop> {
  const folder = process.env['TMO_SHOP']
  if (folder === undefined) throw new Error('no shop is named: scripts/test-guard.ts does')
  mkdirSync(folder, { recursive: true })
  const registry = await openRegistry(folder)
  const shop = { ...registry, cache: join(folder, 'npm-cache') }
  await once(folder, 'published', async () => {
    const tarballs = await packOnce(sold.map(({ directory }) => directory))
    await publishTarballs({ registry: shop.url, folder, tarballs })
  })
  return shop
}

/** Publishes a later release of some packages, which nobody gets who does not ask for its number. */
export async function publishNext(shop: Shop, names: readonly string[], next: Next): Promise<void> {
  const folder = process.env['TMO_SHOP'] ?? ''
  await once(folder, `published-${next.version}`, async () => {
    const changed = sold.filter(({ name }) => names.includes(name))
    const tarballs = await packOnce(changed.map(({ directory }) => directory))
    await publishTarballs({ registry: shop.url, folder, tarballs, next })
  })
}

async function once(folder: string, what: string, work: () => Promise<void>): Promise<void> {
  const mark = join(folder, what)
  if (existsSync(mark)) return
  await work()
  writeFileSync(mark, '')
}
