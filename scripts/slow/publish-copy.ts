import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { root } from '../say.mjs'
import { listCommands } from '../workflows.mjs'
import { withoutOurs } from './consumer.ts'
import { run } from './run.ts'

const identity = [
  '-c',
  'user.name=release',
  '-c',
  'user.email=release@localhost',
  '-c',
  'commit.gpgsign=false',
]

/** What the hosted action does between two of its commands: it commits what the first wrote, and that is merged. */
const committedAfter = 'npm run release:version'

/**
 * Releases a copy of this workspace, as it is on the disk now, with the commands of the release workflow: each that a hosted runner
 * would run is run here, in its order, and what it publishes goes to `registry`. Left out is what needs the hosting itself:
 * provenance, the token, the pull request. Answers what each command said, by its words.
 */
export async function publishCopy(folder: string, registry: string): Promise<ReadonlyMap<string, string>> {
  const copy = join(folder, 'workspace')
  await copyWorkspace(copy)
  const env = {
    ...process.env,
    PATH: withoutOurs(process.env['PATH'] ?? ''),
    CI: 'true',
    npm_config_registry: registry,
    NPM_CONFIG_USERCONFIG: writeToken(folder, registry),
  }
  const commands = listCommands(readFileSync(join(root, '.github/workflows/release.yml'), 'utf8'))
  const said = new Map<string, string>()
  for (const command of commands) {
    const before = performance.now()
    said.set(command, await run('sh', ['-c', command], { cwd: copy, env }))
    console.log(`${command}: ${Math.round((performance.now() - before) / 1000)} s`)
    if (command === committedAfter) await commit(copy, 'Release')
  }
  return said
}

/** What git knows or would take in, and nothing else. */
export async function copyWorkspace(copy: string): Promise<void> {
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
