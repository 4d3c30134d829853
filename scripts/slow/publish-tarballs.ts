import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Manifest, readManifest } from '../published-packages.mjs'
import { run } from './run.ts'

/** The same packages as a release of tomorrow. */
export interface Next {
  readonly version: string
  /** Packages that stay as they were published. */
  readonly keeps: readonly string[]
  /** Changes an unpacked package before it is published. */
  readonly change: (name: string, unpacked: string) => void
}

export interface PublishTarballsOptions {
  readonly registry: string
  readonly tarballs: readonly string[]
  /** Where npm's settings for it are written. */
  readonly folder: string
  /** Publishes them as another version, under a tag that nobody asks for. */
  readonly next?: Next
}

const lanes = 3

/** Publishes tarballs to a registry. */
export async function publishTarballs(options: PublishTarballsOptions): Promise<void> {
  const { registry, folder } = options
  const userconfig = join(folder, 'publisher.npmrc')
  writeFileSync(userconfig, `registry=${registry}\n${registry.replace(/^http:/, '')}:_authToken=none\n`)
  const env = { ...process.env, NPM_CONFIG_USERCONFIG: userconfig, npm_config_registry: registry }
  const queue = [...options.tarballs]
  const work = async (): Promise<void> => {
    for (let tarball = queue.shift(); tarball !== undefined; tarball = queue.shift())
      await publishOne(tarball, env, options.next)
  }
  await Promise.all(Array.from({ length: lanes }, work))
}

async function publishOne(tarball: string, env: NodeJS.ProcessEnv, next: Next | undefined): Promise<void> {
  const room = mkdtempSync(join(tmpdir(), 'tmo-pack-'))
  try {
    const what = next === undefined ? [tarball] : ['--tag', 'later', await unpackAs(tarball, room, next)]
    await run('npm', ['publish', '--ignore-scripts', ...what], { cwd: room, env })
  } finally {
    rmSync(room, { recursive: true, force: true })
  }
}

/** What a release of another number would hold: the version in package.json, in what depends on it, and in what is built. */
async function unpackAs(tarball: string, room: string, { version, keeps, change }: Next): Promise<string> {
  mkdirSync(join(room, 'unpacked'))
  await run('tar', ['-xzf', tarball, '-C', 'unpacked'], { cwd: room, env: process.env })
  const unpacked = join(room, 'unpacked', 'package')
  const manifest = readManifest(join(unpacked, 'package.json'))
  for (const name of readdirSync(join(unpacked, 'dist')).filter((one) => one.endsWith('.js'))) {
    const file = join(unpacked, 'dist', name)
    writeFileSync(file, readFileSync(file, 'utf8').replaceAll(`"${manifest.version}"`, `"${version}"`))
  }
  writeFileSync(join(unpacked, 'package.json'), JSON.stringify(renumber(manifest, version, keeps)))
  change(manifest.name, unpacked)
  return unpacked
}

function renumber(manifest: Manifest, version: string, keeps: readonly string[]): Manifest {
  const dependencies = Object.entries(manifest.dependencies ?? {}).map(([name, range]) =>
    name.startsWith('@tmux-orchestrator/') && !keeps.includes(name) ? [name, `^${version}`] : [name, range],
  )
  return { ...manifest, version, dependencies: Object.fromEntries(dependencies) }
}
