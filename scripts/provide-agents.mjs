import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { basename, dirname, isAbsolute, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { runLogged } from './run-program.mjs'
import { runScript, SetupError, say, seconds } from './say.mjs'

/**
 * A version of an agent program that the tests know, and its command.
 *
 * @typedef {{ package: string, version: string, bin: string }} AgentProgram
 * @typedef {{ program: AgentProgram, why: string }} Missing
 */

/** @type {readonly AgentProgram[]} */
export const agentPrograms = [
  // what npm takes on Node 20, and a newer one whose program is native and needs no Node
  { package: '@anthropic-ai/claude-code', version: '2.1.197', bin: 'claude' },
  { package: '@anthropic-ai/claude-code', version: '2.1.330', bin: 'claude' },
  { package: '@openai/codex', version: '0.169.0', bin: 'codex' },
  { package: 'opencode-ai', version: '1.18.33', bin: 'opencode' },
  { package: '@google/gemini-cli', version: '0.61.0', bin: 'gemini' },
]

/** Where the programs are kept, outside of any checkout: they are large, and the same for all of them. */
export function agentsDirectory(env = process.env) {
  const cache = env['XDG_CACHE_HOME'] ?? ''
  return join(isAbsolute(cache) ? cache : join(homedir(), '.cache'), 'tmux-orchestrator', 'agents')
}

/**
 * Fetches the agent programs that are not there yet, each whole or not at all.
 *
 * @param {{ directory?: string, programs?: readonly AgentProgram[], env?: NodeJS.ProcessEnv }} [options]
 * @returns {Promise<Missing[]>} those that cannot be had here
 */
export async function provideAgents({
  directory = agentsDirectory(),
  programs = agentPrograms,
  env = process.env,
} = {}) {
  /** @type {Missing[]} */
  const missing = []
  for (const program of programs) {
    // where one cannot be asked for, the others cannot either: no registry is waited for five times
    const offline = missing.find(({ why }) => network.test(why))
    const why = isThere(directory, program)
      ? undefined
      : (offline?.why ?? (await provideAgent(directory, program, env)))
    if (why !== undefined) missing.push({ program, why })
  }
  return missing
}

const network = /ENOTFOUND|ECONNREFUSED|ECONNRESET|ETIMEDOUT|EAI_AGAIN|network/i

/** @param {AgentProgram} program */
export function nameOf(program) {
  return `${program.package}@${program.version}`
}

/** @param {string} directory @param {AgentProgram} program */
function isThere(directory, program) {
  return existsSync(binOf(join(directory, nameOf(program)), program))
}

/**
 * @param {string} directory
 * @param {AgentProgram} program
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<string | undefined>} why it cannot be had
 */
async function provideAgent(directory, program, env) {
  const folder = join(directory, nameOf(program))
  const startedAt = Date.now()
  mkdirSync(dirname(folder), { recursive: true })
  removeStale(folder)
  const draft = `${folder}.${process.pid}.new`
  try {
    const why = (await install(draft, program, env)) ?? tryOut(draft, program)
    if (why !== undefined) return why
    moveIntoPlace(draft, folder)
    say(`${nameOf(program)} is there (${seconds(Date.now() - startedAt)})`)
    return undefined
  } finally {
    rmSync(draft, { recursive: true, force: true })
  }
}

/** @param {string} folder @param {AgentProgram} program */
function binOf(folder, { bin }) {
  return join(folder, 'node_modules', '.bin', bin)
}

/** What others began and did not end. @param {string} folder */
function removeStale(folder) {
  for (const name of readdirSync(dirname(folder))) {
    const pid = name.startsWith(`${basename(folder)}.`) ? /\.(\d+)\.new$/.exec(name)?.[1] : undefined
    if (pid !== undefined && !isAlive(Number(pid)))
      rmSync(join(dirname(folder), name), { recursive: true, force: true })
  }
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

/**
 * @param {string} draft
 * @param {AgentProgram} program
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<string | undefined>} what went wrong
 */
async function install(draft, program, env) {
  mkdirSync(draft)
  const argv = ['npm', 'install', '--prefix', draft, '--no-audit', '--no-fund', '--no-package-lock']
  const { code, output } = await runLogged([...argv, '--loglevel=error', nameOf(program)], {
    cwd: draft,
    env,
    doing: nameOf(program),
  })
  if (code === 0) return undefined
  const lines = output.split('\n').filter((line) => line.trim() !== '')
  return `npm: ${lines.find((line) => /E[A-Z]{3,}|not found/.test(line)) ?? lines[0] ?? `exit code ${code}`}`
}

/** A program that does not tell its version is none. @param {string} draft @param {AgentProgram} program */
function tryOut(draft, program) {
  const home = mkdtempSync(join(tmpdir(), 'tmo-home-'))
  try {
    const { error, stdout } = spawnSync(binOf(draft, program), ['--version'], {
      encoding: 'utf8',
      env: { PATH: process.env['PATH'], HOME: home },
      timeout: 60_000,
      killSignal: 'SIGKILL',
    })
    if (error !== undefined) return error.message
    return stdout.includes(program.version)
      ? undefined
      : `--version says ${JSON.stringify(stdout.trim().slice(0, 80))}`
  } finally {
    rmSync(home, { recursive: true, force: true })
  }
}

/** @param {string} draft @param {string} folder */
function moveIntoPlace(draft, folder) {
  try {
    renameSync(draft, folder)
  } catch (error) {
    // another was quicker
    if (!(error instanceof Error && 'code' in error && ['ENOTEMPTY', 'EEXIST'].includes(String(error.code))))
      throw error
  }
}

/**
 * Says what is missing; in CI that is a failure, elsewhere a fact.
 *
 * @param {readonly Missing[]} missing
 */
export function tellMissing(missing, env = process.env) {
  const [first] = missing
  if (first === undefined) return
  const names = missing.map(({ program }) => nameOf(program)).join(', ')
  const isCi = !['', 'false', '0'].includes(env['CI'] ?? '')
  if (isCi) {
    throw new SetupError(
      `agent programs cannot be had: ${names} (${first.why})`,
      'see whether the package registry can be reached; .cache/bootstrap.log has all of it',
    )
  }
  say(`agent programs cannot be had here, and their tests are left out: ${names} (${first.why})`)
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  await runScript(async () => {
    tellMissing(await provideAgents())
    return 0
  })
}
