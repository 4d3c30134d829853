import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { withLock } from './lock.mjs'
import { findNodeHeaders, isOnPath, provideCompiler, provideTools } from './machine.mjs'
import { runLogged } from './run-program.mjs'
import { logFile, root, runScript, SetupError, say, seconds, startLog } from './say.mjs'

const stampFile = `${root}/node_modules/.tmo-bootstrap`

/**
 * From a fresh clone to built packages: tools, dependencies, build. Quick when nothing changed.
 *
 * @returns {Promise<NodeJS.ProcessEnv>} the environment to run the repository's programs in
 * @throws {SetupError}
 */
export async function bootstrap() {
  const env = makeEnvironment(process.env)
  await provideTools()
  await withLock('bootstrap', async () => {
    startLog()
    await installPackages(env)
    await build(env)
  })
  return env
}

/**
 * @param {NodeJS.ProcessEnv} from
 * @returns {NodeJS.ProcessEnv}
 */
export function makeEnvironment(from) {
  const env = { ...from }
  // an outer `npx -p` would make an inner one look for its package
  delete env['npm_config_package']
  // `npm --silent` is meant for npm's own banner, not for what goes to our log
  delete env['npm_config_loglevel']
  const headers = findNodeHeaders()
  if (headers !== undefined) env['npm_config_nodedir'] ??= headers
  return {
    ...env,
    PATH: `${root}/node_modules/.bin:${env['PATH'] ?? ''}`,
    TURBO_TELEMETRY_DISABLED: '1',
    DO_NOT_TRACK: '1',
    // turbo keys its cache with it: what one Node built is not given to another
    TMO_NODE_VERSION: process.version,
  }
}

/** @param {NodeJS.ProcessEnv} env */
async function installPackages(env) {
  const stamp = fingerprint()
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) return
  rmSync(stampFile, { force: true })
  const version = pnpmVersion()
  const startedAt = Date.now()
  say(
    `installing packages with pnpm ${version}; the SQLite add-on compiles for a minute or two where no prebuilt one can be had`,
  )
  const words = ['install', '--frozen-lockfile', '--reporter=append-only']
  const argv = [...pnpmCommand(version), ...words]
  const options = {
    cwd: root,
    env: { ...env, CI: 'true' },
    doing: 'installing packages',
  }
  let result = await runLogged(argv, options)
  if (result.code !== 0 && mentionsAddon(result.output) && (await provideCompiler()))
    result = await runLogged(argv, options)
  // With a store elsewhere, as of another HOME, it lays the folder anew, and itself lies in there.
  if (result.code !== 0 && pnpmCommand(version)[0] !== argv[0])
    result = await runLogged([...pnpmCommand(version), ...words], options)
  if (result.code !== 0)
    throw new SetupError(
      `installing packages failed; the whole log is ${logFile}`,
      installHint(result.output),
      result.output,
    )
  await checkAddon(options, version)
  writeFileSync(stampFile, stamp)
  say(`packages installed (${seconds(Date.now() - startedAt)})`)
}

/** @param {string} output */
function mentionsAddon(output) {
  return /better-sqlite3|node-gyp|gyp ERR/.test(output)
}

/** @param {string} output */
export function installHint(output) {
  if (/OUTDATED_LOCKFILE/.test(output))
    return 'a package.json changed: run "npx pnpm install" and commit pnpm-lock.yaml'
  if (/ENOSPC/.test(output)) return 'the disk is full: free some space and run this again'
  if (/ENOTFOUND|ECONNREFUSED|ETIMEDOUT|EAI_AGAIN|ERR_PNPM_META_FETCH_FAIL|network/i.test(output)) {
    return 'the package registry cannot be reached: check the network or the registry in ~/.npmrc, and run this again'
  }
  if (mentionsAddon(output))
    return 'the SQLite add-on did not compile: install python3, make and g++, and run this again'
  return 'see the log; then run this again'
}

/** An add-on compiled for another Node stays in place unnoticed: load it, and rebuild it when it does not. */
async function checkAddon(
  /** @type {{ cwd: string, env: NodeJS.ProcessEnv }} */ options,
  /** @type {string} */ version,
) {
  const load = [process.execPath, '-e', 'new (require("better-sqlite3"))(":memory:").close()']
  const where = { ...options, cwd: `${root}/packages/scheduler-db` }
  if ((await runLogged(load, where)).code === 0) return
  say('compiling the SQLite add-on for this Node')
  await provideCompiler()
  const { code, output } = await runLogged(
    [...pnpmCommand(version), '--recursive', 'rebuild', 'better-sqlite3'],
    options,
  )
  if (code !== 0 || (await runLogged(load, where)).code !== 0) {
    throw new SetupError(
      `the SQLite add-on does not load; the whole log is ${logFile}`,
      'remove node_modules and run this again',
      output,
    )
  }
}

/** Whatever the installed packages depend on. */
function fingerprint() {
  const hash = createHash('sha256').update(`${process.version} ${process.arch} ${process.platform}\n`)
  for (const file of ['pnpm-lock.yaml', 'pnpm-workspace.yaml', 'package.json', ...manifests()]) {
    hash.update(`${file}\n`).update(readFileSync(`${root}/${file}`))
  }
  return hash.digest('hex')
}

function manifests() {
  return ['packages', 'apps'].flatMap((folder) =>
    readdirSync(`${root}/${folder}`)
      .map((name) => `${folder}/${name}/package.json`)
      .filter((file) => existsSync(`${root}/${file}`))
      .sort(),
  )
}

function pnpmVersion() {
  /** @type {{ packageManager: string }} */
  const { packageManager } = JSON.parse(readFileSync(`${root}/package.json`, 'utf8'))
  return packageManager.replace(/^pnpm@/, '')
}

/** @param {string} version */
function pnpmCommand(version) {
  const own = `${root}/node_modules/pnpm`
  if (
    existsSync(`${own}/package.json`) &&
    JSON.parse(readFileSync(`${own}/package.json`, 'utf8')).version === version
  ) {
    return [process.execPath, `${own}/bin/pnpm.cjs`]
  }
  if (!isOnPath('npx'))
    throw new SetupError('npx is missing, which comes with npm', 'install npm, then run this again')
  return ['npx', '--yes', `pnpm@${version}`]
}

/** @param {NodeJS.ProcessEnv} env */
async function build(env) {
  const startedAt = Date.now()
  const argv = [
    `${root}/node_modules/.bin/turbo`,
    'run',
    'build',
    '--output-logs=errors-only',
    '--log-order=grouped',
    '--concurrency=100%',
  ]
  const { code, output } = await runLogged(argv, { cwd: root, env, doing: 'building' })
  if (code !== 0)
    throw new SetupError(
      `the build failed; the whole log is ${logFile}`,
      'mend what it names, then run this again',
      output,
    )
  const elapsed = Date.now() - startedAt
  if (elapsed > 2000) say(`built (${seconds(elapsed)})`)
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  await runScript(async () => {
    await bootstrap()
    return 0
  })
}
