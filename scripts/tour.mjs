import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { temporaryServer } from '../packages/tmux-driver/dist/testing.js'
import { root } from './say.mjs'
import { plain } from './steady.mjs'

/**
 * @typedef {object} Frame one screen of the recorded session
 * @property {string} command what was typed
 * @property {boolean} live what it shows depends on the moment
 * @property {readonly string[]} lines with their colours, each whole however wide the screen, without empty ones at the end
 */

const size = { cols: 110, rows: 40 }
const prompt = '$ '
/** What stands for the folder of the recording. */
const home = '/home/me'
const endMs = 180_000

/**
 * What a newcomer would type. `while`: a frame is taken as soon as that is on the screen, and another at the end. `from`: the line that
 * the frame at the end begins with. `live`: what it shows depends on the moment.
 *
 * @type {readonly { command: string, while?: RegExp, from?: RegExp, live?: boolean }[]}
 */
const steps = [
  { command: 'tmo demo', while: /\b[1-3]\/4 tasks/, from: /^✓ work on/ },
  { command: 'tmo logs a-greeting/developer | grep ●', live: true },
  { command: 'tmo diff a-greeting --stat' },
  { command: 'tmo stop --all && tmo clean --all --yes' },
]

/**
 * Types the tour into a shell in a real tmux pane, with a home of its own, and answers what the screen showed.
 *
 * @returns {Promise<Frame[]>}
 */
export async function recordTour() {
  const server = await temporaryServer({ size })
  const room = mkdtempSync(join(tmpdir(), 'tmo-tour-'))
  const env = openRoom(room)
  try {
    const words = Object.entries(env).map(([name, value]) => `${name}=${value}`)
    const command = ['env', '-i', ...words, `PS1=${prompt}`, 'TERM=tmux-256color', 'sh']
    const { pane } = await server.tmux.newSession({ name: 'tour', cwd: room, command })
    /** @type {Frame[]} */
    const frames = []
    for (const step of steps) frames.push(...(await takeStep(server.tmux, pane, step)))
    return frames.map((frame) => ({
      ...frame,
      lines: frame.lines.map((line) => line.replaceAll(room, home)),
    }))
  } finally {
    await server[Symbol.asyncDispose]()
    await end(room, env)
    rmSync(room, { recursive: true, force: true, maxRetries: 10 })
  }
}

/**
 * @param {import('../packages/tmux-driver/dist/index.js').Tmux} tmux
 * @param {import('../packages/tmux-driver/dist/index.js').PaneId} pane
 * @param {typeof steps[number]} step
 * @returns {Promise<Frame[]>}
 */
async function takeStep(tmux, pane, { command, while: during, from, live = false }) {
  const enter = async (/** @type {string} */ text) => {
    await tmux.type(pane, text)
    await tmux.keys(pane, 'Enter')
  }
  const look = async (/** @type {'all' | 0} */ lines) =>
    trimEnd((await tmux.capture(pane, { attributes: true, join: true, lines })).lines)
  await enter('clear')
  await tmux.waitFor(pane, { regex: /^\$ \s*$/ })
  await enter(command)
  /** @type {Frame[]} */
  const frames = []
  if (during !== undefined) {
    await tmux.waitFor(pane, { regex: during }, { timeoutMs: endMs })
    frames.push({ command, live: true, lines: await look(0) })
  }
  await tmux.waitFor(pane, { regex: /\n\$ \s*$/ }, { timeoutMs: endMs })
  const lines = await look(from === undefined ? 0 : 'all')
  const begin = from === undefined ? 0 : lines.findLastIndex((line) => from.test(plain(line)))
  return [...frames, { command, live, lines: lines.slice(begin) }]
}

/** @param {string} room @returns {Record<string, string>} */
function openRoom(room) {
  mkdirSync(join(room, 'bin'))
  symlinkSync(join(root, 'apps/tmo/bin/tmo.js'), join(room, 'bin/tmo'))
  return {
    HOME: room,
    PATH: [join(room, 'bin'), dirname(process.execPath), '/usr/local/bin', '/usr/bin', '/bin'].join(':'),
    LANG: 'C.UTF-8',
    TMPDIR: room,
    TMUX_TMPDIR: room,
    GIT_CONFIG_GLOBAL: '/dev/null',
  }
}

/** Nothing of a tour that broke off stays. @param {string} room @param {Record<string, string>} env */
async function end(room, env) {
  if (!existsSync(join(room, '.local/state/tmux-orchestrator/tmo.db'))) return
  const run = promisify(execFile)
  for (const words of [
    ['stop', '--all'],
    ['clean', '--all', '--yes'],
  ])
    await run(join(room, 'bin/tmo'), words, { env, cwd: room }).catch(({ message }) => console.error(message))
}

/** @param {readonly string[]} lines */
function trimEnd(lines) {
  const last = lines.findLastIndex(
    (line) => plain(line).trim() !== '' && plain(line).trim() !== prompt.trim(),
  )
  return lines.slice(0, last + 1)
}
