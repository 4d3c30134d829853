import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { withTarball } from '../pack.mjs'
import { type Manifest, readManifest } from '../published-packages.mjs'
import { run } from './run.ts'

export interface PublishTarballsOptions {
  readonly registry: string
  /** Of packages of this workspace. */
  readonly directories: readonly string[]
  /** Where tarballs are unpacked for another version. */
  readonly folder: string
  /** Publishes the same as a version of this number. */
  readonly version?: string
  /** Packages that stay as they were published. */
  readonly keeps?: readonly string[]
  /** Changes an unpacked package before it is published. */
  readonly change?: ((name: string, unpacked: string) => void) | undefined
}

const lanes = 3

/** Packs what is built, as a release does, and publishes it to a registry. */
export async function publishTarballs(options: PublishTarballsOptions): Promise<void> {
  const queue = [...options.directories]
  const work = async (): Promise<void> => {
    for (let directory = queue.shift(); directory !== undefined; directory = queue.shift())
      await publishOne(directory, options)
  }
  await Promise.all(Array.from({ length: lanes }, work))
}

async function publishOne(directory: string, options: PublishTarballsOptions): Promise<void> {
  const { registry, folder, version, keeps = [], change } = options
  await withTarball(directory, async ({ tarball, room }) => {
    const target = version === undefined ? tarball : await unpackAs(tarball, { room, version, keeps, change })
    const userconfig = join(folder, 'publisher.npmrc')
    writeFileSync(userconfig, `registry=${registry}\n${registry.replace(/^http:/, '')}:_authToken=none\n`)
    const env = { ...process.env, NPM_CONFIG_USERCONFIG: userconfig, npm_config_registry: registry }
    await run('npm', ['publish', '--ignore-scripts', target], { cwd: room, env })
  })
}

/** What a release of another number would hold: the version in package.json, in what depends on it, and in what is built. */
async function unpackAs(
  tarball: string,
  given: { readonly room: string; readonly version: string; readonly keeps: readonly string[] } & Pick<
    PublishTarballsOptions,
    'change'
  >,
): Promise<string> {
  const { room, version, keeps, change } = given
  mkdirSync(join(room, 'unpacked'))
  await run('tar', ['-xzf', tarball, '-C', 'unpacked'], { cwd: room, env: process.env })
  const unpacked = join(room, 'unpacked', 'package')
  const manifest = readManifest(join(unpacked, 'package.json'))
  for (const name of readdirSync(join(unpacked, 'dist')).filter((one) => one.endsWith('.js'))) {
    const file = join(unpacked, 'dist', name)
    writeFileSync(file, readFileSync(file, 'utf8').replaceAll(`"${manifest.version}"`, `"${version}"`))
  }
  writeFileSync(join(unpacked, 'package.json'), JSON.stringify(renumber(manifest, version, keeps)))
  change?.(manifest.name, unpacked)
  return unpacked
}

function renumber(manifest: Manifest, version: string, keeps: readonly string[]): Manifest {
  const dependencies = Object.entries(manifest.dependencies ?? {}).map(([name, range]) =>
    name.startsWith('@tmux-orchestrator/') && !keeps.includes(name) ? [name, `^${version}`] : [name, range],
  )
  return { ...manifest, version, dependencies: Object.fromEntries(dependencies) }
}
