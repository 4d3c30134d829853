import { cpSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { root } from '../say.mjs'
import { run } from './run.ts'

const identity = [
  '-c',
  'user.name=release',
  '-c',
  'user.email=release@localhost',
  '-c',
  'commit.gpgsign=false',
]

/**
 * Releases a copy of this workspace, as it is on the disk now: waiting changesets become versions, everything is built, and every
 * package is published to `registry`.
 */
export async function publishCopy(folder: string, registry: string): Promise<void> {
  const copy = join(folder, 'workspace')
  await copySources(copy)
  const env = {
    ...process.env,
    PATH: [join(root, 'node_modules/.bin'), process.env['PATH']].join(delimiter),
    CI: 'true',
    TMO_NODE_VERSION: process.version,
    TURBO_TELEMETRY_DISABLED: '1',
    DO_NOT_TRACK: '1',
  }
  const program = async (
    name: string,
    argv: readonly string[],
    more: NodeJS.ProcessEnv = {},
  ): Promise<string> =>
    await run(join(root, 'node_modules/.bin', name), argv, { cwd: copy, env: { ...env, ...more } })
  await program('pnpm', ['install', '--frozen-lockfile', '--prefer-offline', '--ignore-scripts'])
  await program('changeset', ['version'])
  await commit(copy, 'Release')
  await program('turbo', ['run', 'build', '--concurrency=2', '--output-logs=errors-only'])
  await program('changeset', ['publish'], {
    npm_config_registry: registry,
    NPM_CONFIG_USERCONFIG: writeToken(folder, registry),
  })
}

/** What git knows or would take in, and nothing else. */
async function copySources(copy: string): Promise<void> {
  const argv = ['ls-files', '-z', '--cached', '--others', '--exclude-standard']
  const listed = await run('git', argv, { cwd: root, env: process.env })
  for (const path of listed.split('\0').filter((path) => path !== '' && existsSync(join(root, path)))) {
    mkdirSync(dirname(join(copy, path)), { recursive: true })
    cpSync(join(root, path), join(copy, path), { verbatimSymlinks: true })
  }
  await run('git', ['init', '--quiet', '--initial-branch=main'], { cwd: copy, env: process.env })
  await commit(copy, 'Start')
}

async function commit(copy: string, message: string): Promise<void> {
  const git = async (...argv: readonly string[]): Promise<string> =>
    await run('git', [...identity, ...argv], { cwd: copy, env: process.env })
  await git('add', '--all')
  await git('commit', '--quiet', '--no-verify', '-m', message)
}

/** npm sends nothing to a registry for which it has no token; ours asks for none. */
function writeToken(folder: string, registry: string): string {
  const file = join(folder, 'publisher.npmrc')
  writeFileSync(file, `registry=${registry}\n${registry.replace(/^http:/, '')}:_authToken=none\n`)
  return file
}
