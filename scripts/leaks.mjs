import { execFileSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { root } from './say.mjs'

/**
 * What one test run may leave things in: every temporary folder, tmux socket and home of it lies under `directory`, and every process
 * of it carries the mark in its environment. Two runs, and a real tmo beside them, do not see each other.
 *
 * @typedef {{ directory: string, mark: string, env: NodeJS.ProcessEnv }} RunRoom
 * @typedef {{ what: string, pid?: number }} Leak
 */

const markName = 'TEST_RUN_MARK'
const graceMs = 5_000

/** @param {NodeJS.ProcessEnv} env @returns {RunRoom} */
export function makeRunRoom(env) {
  const directory = mkdtempSync(`${realpathSync(tmpdir())}/tmo-run-`)
  // Tests that run as another user have to reach what they made below it.
  chmodSync(directory, 0o711)
  const mark = randomUUID()
  mkdirSync(`${directory}/runtime`, { mode: 0o700 })
  return {
    directory,
    mark,
    env: {
      ...env,
      [markName]: mark,
      TMPDIR: directory,
      TMUX_TMPDIR: directory,
      XDG_RUNTIME_DIR: `${directory}/runtime`,
      XDG_STATE_HOME: `${directory}/state`,
      NODE_COMPILE_CACHE: '',
    },
  }
}

/** @param {RunRoom} room */
export function removeRunRoom({ directory }) {
  rmSync(directory, { recursive: true, force: true })
}

/**
 * What the run left: a process that is on its way out gets a few seconds first.
 *
 * @param {RunRoom} room
 * @returns {Promise<Leak[]>}
 */
export async function listLeaks(room) {
  const deadline = Date.now() + graceMs
  let processes = listMarkedProcesses(room.mark)
  while (processes.length > 0 && Date.now() < deadline) {
    await delay(100)
    processes = listMarkedProcesses(room.mark)
  }
  return [...processes, ...listFiles(room.directory), ...listWorktrees()]
}

/** Ends what carries our mark, by its id. @param {readonly Leak[]} leaks */
export function endProcesses(leaks) {
  for (const { pid } of leaks) {
    try {
      if (pid !== undefined) process.kill(pid, 'SIGKILL')
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
    }
  }
}

/** @param {string} mark @returns {Leak[]} */
export function listMarkedProcesses(mark) {
  return listProcesses()
    .filter(
      ({ pid }) =>
        pid !== process.pid && readProc(pid, 'environ').split('\0').includes(`${markName}=${mark}`),
    )
    .map(({ pid, command }) => ({ pid, what: `process ${pid}: ${command}` }))
}

/** @returns {{ pid: number, command: string }[]} empty where there is no /proc */
function listProcesses() {
  return readDirectory('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => ({
      pid: Number(name),
      command: readProc(Number(name), 'cmdline').replaceAll('\0', ' ').trim(),
    }))
    .filter(({ command }) => command !== '')
}

/** Sockets, temporary folders and homes: whatever of ours still has a name. @param {string} directory @returns {Leak[]} */
function listFiles(directory) {
  const inside = (/** @type {string} */ folder, /** @type {(name: string) => boolean} */ isOurs) =>
    readDirectory(folder)
      .filter(isOurs)
      .map((name) => ({ what: `${folder}/${name}` }))
  const isOurs = (/** @type {string} */ name) => name.startsWith('tmo')
  const sockets = readDirectory(directory).filter((name) => name.startsWith('tmux-'))
  return [
    ...inside(directory, isOurs),
    ...inside(`${directory}/runtime`, isOurs),
    ...inside(`${directory}/state`, () => true),
    ...sockets.flatMap((name) => inside(`${directory}/${name}`, () => true)),
  ]
}

/**
 * What real agent programs leave in a temporary folder: sockets, error reports, and libraries that they unpack at each start. They
 * have one of their own in tests; what stands elsewhere was written by one that does not heed TMPDIR, or by another run's.
 *
 * @param {string} directory
 * @returns {Leak[]}
 */
export function listAgentTraces(directory) {
  const names = readDirectory(directory).filter((name) => agentTrace.test(name))
  return names.flatMap((name) => {
    const what = `${directory}/${name}`
    // Codex has the folder of its sockets there once and for all; what counts is in it
    if (!/^codex-daemon-\d+$/.test(name) || !statSync(what).isDirectory()) return [{ what }]
    return readDirectory(what).map((inner) => ({ what: `${what}/${inner}` }))
  })
}

const agentTrace = /^(claude-|cc-|codex-|gemini-|opencode|\.[0-9a-f]+-[0-9a-f]{8}\.so$)/

/** Worktrees that tests made of this very repository, which none should; its own folder may have any name. @returns {Leak[]} */
function listWorktrees() {
  const text = execFileSync('git', ['worktree', 'list', '--porcelain'], { cwd: root, encoding: 'utf8' })
  const own = `worktree ${realpathSync(root)}`
  return text
    .split('\n')
    .filter((line) => /^worktree .*\/tmo-/.test(line) && line !== own)
    .map((line) => ({ what: line }))
}

/** @param {string} path @returns {string[]} empty when it is not there */
function readDirectory(path) {
  try {
    return readdirSync(path)
  } catch (error) {
    if (isGone(error)) return []
    throw error
  }
}

/** @param {number} pid @param {string} file */
function readProc(pid, file) {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8')
  } catch (error) {
    if (isGone(error)) return ''
    throw error
  }
}

/** @param {unknown} error a process that ended or is another user's, a folder that is not there */
function isGone(error) {
  return (
    error instanceof Error &&
    'code' in error &&
    ['ENOENT', 'ESRCH', 'EACCES', 'EPERM'].includes(String(error.code))
  )
}

/** Whatever looks like ours on this machine, of any run: for a person to judge. @returns {Leak[]} */
function listLookalikes() {
  const temporary = realpathSync(tmpdir())
  const commands = /(?:^|\/)tmux\b.*\btmo-|\btmo-agent-sim\b|\/apps\/tmo\/dist\/|\/daemon\/dist\//
  const uid = process.getuid?.() ?? 0
  return [
    ...listProcesses()
      .filter(({ pid, command }) => pid !== process.pid && commands.test(command))
      .map(({ pid, command }) => ({ pid, what: `process ${pid}: ${command}` })),
    ...[temporary, `/tmp/tmux-${uid}`].flatMap((folder) =>
      readDirectory(folder)
        .filter((name) => name.startsWith('tmo-'))
        .map((name) => ({ what: `${folder}/${name}` })),
    ),
    ...listWorktrees(),
  ]
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const leaks = listLookalikes()
  for (const { what } of leaks) console.log(what)
  process.exitCode = leaks.length === 0 ? 0 : 1
}
