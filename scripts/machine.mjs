import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { runLogged } from './run-program.mjs'
import { root, SetupError, say } from './say.mjs'

/** What the machine must have, how its version reads, and what packagers call it. */
const programs = {
  git: { args: ['--version'], min: [2, 38], packages: { apt: ['git'], dnf: ['git'], brew: ['git'] } },
  tmux: { args: ['-V'], min: [3, 2], packages: { apt: ['tmux'], dnf: ['tmux'], brew: ['tmux'] } },
}
const compiler = {
  apt: ['python3', 'make', 'g++'],
  dnf: ['python3', 'make', 'gcc-c++'],
  brew: ['python'],
}

/**
 * @param {string} text what a program says about its version: `tmux 3.3a`, `tmux next-3.6`, `git version 2.39.5`
 * @returns {readonly [number, number] | undefined}
 */
export function parseVersion(text) {
  const match = /(\d+)\.(\d+)/.exec(text)
  return match === null ? undefined : [Number(match[1]), Number(match[2])]
}

/** @param {readonly [number, number]} version @param {readonly number[]} min */
export function isAtLeast(version, [major = 0, minor = 0]) {
  return version[0] > major || (version[0] === major && version[1] >= minor)
}

/**
 * Sees to it that git and tmux are here, recent enough; installs what is missing where that needs no question.
 *
 * @throws {SetupError} with the command to run, when it does
 */
export async function provideTools() {
  for (const name of /** @type {const} */ (['git', 'tmux'])) {
    if (checkTool(name) === 'good') continue
    const { min, packages } = programs[name]
    await install(name, packages)
    if (checkTool(name) !== 'good') {
      throw new SetupError(
        `${name} ${min.join('.')} or newer is needed, and the one that this system offers is older`,
        `install a newer ${name}, then run this again`,
      )
    }
  }
}

/** @param {'git' | 'tmux'} name @returns {'good' | 'missing' | 'old'} */
function checkTool(name) {
  const { args, min } = programs[name]
  const program = name === 'tmux' ? process.env['TMO_TMUX'] || name : name
  const { error, stdout } = spawnSync(program, args, { encoding: 'utf8' })
  if (error !== undefined) return 'missing'
  const version = parseVersion(stdout)
  // a build from the main branch names no number
  return version === undefined || isAtLeast(version, min) ? 'good' : 'old'
}

/** Installs what compiling the SQLite add-on takes, where it is missing; answers whether anything was. */
export async function provideCompiler() {
  if (['python3', 'make', 'g++'].every(isOnPath)) return false
  await install('a C++ compiler for the SQLite add-on', compiler)
  return true
}

/**
 * @param {string} what
 * @param {{ apt: readonly string[], dnf: readonly string[], brew: readonly string[] }} packages
 */
async function install(what, packages) {
  const command = findInstaller(packages)
  if (command === undefined) {
    throw new SetupError(
      `${what} is missing`,
      `install ${packages.apt.join(', ')} with the system's package manager, then run this again`,
    )
  }
  const text = command.argv.join(' ')
  if (!command.isSilent) throw new SetupError(`${what} is missing`, `run: ${text}`)
  say(`${what} is missing or too old: installing (${text})`)
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', HOMEBREW_NO_AUTO_UPDATE: '1' }
  if (command.refresh !== undefined && areAptListsEmpty())
    await runLogged(command.refresh, { cwd: root, env })
  let { code, output } = await runLogged(command.argv, { cwd: root, env, doing: `installing ${what}` })
  if (code !== 0 && command.refresh !== undefined) {
    await runLogged(command.refresh, { cwd: root, env })
    ;({ code, output } = await runLogged(command.argv, { cwd: root, env, doing: `installing ${what}` }))
  }
  if (code !== 0) throw new SetupError(`installing ${what} failed`, `run: ${text}`, output)
}

/**
 * @param {Parameters<typeof install>[1]} packages
 * @returns {{ argv: readonly string[], refresh?: readonly string[], isSilent: boolean } | undefined}
 */
function findInstaller(packages) {
  const isRoot = process.getuid?.() === 0
  const sudo = isRoot ? [] : ['sudo']
  const isSilent =
    isRoot || (isOnPath('sudo') && spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status === 0)
  const quiet = isSilent && !isRoot ? ['sudo', '-n'] : sudo
  if (isOnPath('apt-get')) {
    return {
      argv: [...quiet, 'apt-get', 'install', '-y', '--no-install-recommends', ...packages.apt],
      refresh: [...quiet, 'apt-get', 'update'],
      isSilent,
    }
  }
  if (isOnPath('dnf')) return { argv: [...quiet, 'dnf', 'install', '-y', ...packages.dnf], isSilent }
  if (isOnPath('brew')) return { argv: ['brew', 'install', ...packages.brew], isSilent: !isRoot }
  return undefined
}

function areAptListsEmpty() {
  const lists = '/var/lib/apt/lists'
  return !existsSync(lists) || !readdirSync(lists).some((name) => name.includes('_'))
}

/** @param {string} program */
export function isOnPath(program) {
  return (process.env['PATH'] ?? '')
    .split(':')
    .some((directory) => directory !== '' && existsSync(`${directory}/${program}`))
}

/** The folder beside the node binary that holds its C headers, for node-gyp; without it node-gyp asks the network. */
export function findNodeHeaders() {
  const prefix = dirname(dirname(process.execPath))
  return existsSync(`${prefix}/include/node/node.h`) ? prefix : undefined
}
