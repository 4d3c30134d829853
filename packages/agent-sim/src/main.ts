#!/usr/bin/env node
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { Agent } from './agent.ts'
import { type Arguments, parseArguments, usage } from './arguments.ts'
import { createChance } from './chance.ts'
import { isSimError, reasonOf, SimError } from './errors.ts'
import { briefMark, parseMessage } from './message.ts'
import { openSessionFile, type SessionFile } from './session-file.ts'
import { openTerminal, type Terminal } from './terminal.ts'
import { openTranscript, type Transcript } from './transcript.ts'

declare const __VERSION__: string

const defaultPollMs = 15_000
const usageExit = 2

function simHome(env: NodeJS.ProcessEnv): string {
  if (env.TMO_SIM_HOME) return resolve(env.TMO_SIM_HOME)
  return join(env.XDG_STATE_HOME || join(homedir(), '.local', 'state'), 'tmo-agent-sim')
}

function pollMs(env: NodeJS.ProcessEnv): number {
  const text = env.TMO_SIM_POLL_MS || String(defaultPollMs)
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text)
  throw new SimError('BAD_ARGUMENT', `TMO_SIM_POLL_MS takes milliseconds, not "${text}"`)
}

/** Ends the process once: session file away, terminal as before, conversation closed. */
function exiter(session: SessionFile, transcript: Transcript, working: AbortController) {
  let over = false
  return (code: number, terminal?: Terminal): void => {
    if (over) return
    over = true
    working.abort()
    session.remove()
    transcript.close()
    terminal?.close()
    process.exit(code)
  }
}

/** What the conversation holds that was not acted upon; directives are not repeated. */
function pendingIn(transcript: Transcript) {
  const texts = transcript.past.flatMap((line) => (line.type === 'user' ? [line.text] : []))
  const handled = new Set(
    transcript.past.flatMap((line) =>
      line.type === 'action' && line.name === 'handled' ? [line.detail] : [],
    ),
  )
  const all = texts.map((text, index) => ({ text, index }))
  const pending = all.filter(({ text, index }) => {
    return !handled.has(String(index)) && parseMessage(text).kind !== 'directive'
  })
  return { texts, pending }
}

function run(argv: Arguments, env: NodeJS.ProcessEnv): void {
  const sessionId = argv.resume ?? argv.sessionId ?? crypto.randomUUID()
  const mode = argv.resume === undefined ? 'new' : 'resume'
  const place = { home: simHome(env), sessionId, cwd: process.cwd(), version: __VERSION__ }
  const waitMs = pollMs(env)
  const transcript = openTranscript({ ...place, mode, mute: argv.mute })
  const { seed, persona } = argv
  const life = 1 + transcript.past.filter((line) => line.type === 'action' && line.name === 'resumed').length
  const isResumed = mode === 'resume'
  if (isResumed) transcript.action('resumed', String(life))
  transcript.note({ type: 'life', pid: process.pid, life: isResumed ? life + 1 : life, seed, persona })
  const { texts, pending } = pendingIn(transcript)
  if (argv.brief !== undefined && !argv.mute) {
    transcript.user(argv.brief, 'argument')
    pending.push({ text: argv.brief, index: texts.length })
    texts.push(argv.brief)
  }
  const session = openSessionFile({
    ...place,
    changed: (status, more) => transcript.note({ type: 'status', status, ...more }),
  })
  const working = new AbortController()
  const end = exiter(session, transcript, working)
  let terminal: Terminal | undefined
  const exit = (code: number): void => end(code, terminal)
  process.once('SIGTERM', () => exit(143))
  process.once('SIGHUP', () => exit(129))
  process.once('SIGINT', () => exit(130))
  const agent = new Agent({
    transcript,
    session,
    persona,
    chance: createChance(seed, isResumed ? life + 1 : life),
    pollMs: waitMs,
    mute: argv.mute,
    banner: `tmo-agent-sim ${__VERSION__} (simulated) · ${mode === 'new' ? 'conversation' : 'resumed'} ${sessionId}`,
    pending,
    briefed: !argv.mute && texts.some((text) => text.includes(briefMark)),
    userCount: texts.length,
    openWork: async (say) => {
      if (!env.TMO_AGENT) return undefined
      const { openWork } = await import('./open-work.ts')
      const common = { root: place.cwd, seed, env, transcript, say, signal: working.signal }
      return openWork({ ...common, address: env.TMO_AGENT, role: env.TMO_ROLE || undefined })
    },
    env,
    exit,
    crash: () => process.kill(process.pid, 'SIGKILL'),
    hang: (ms) => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms),
    signal: working.signal,
  })
  terminal = openTerminal({
    received: (bytes) => transcript.note({ type: 'received', base64: Buffer.from(bytes).toString('base64') }),
    input: (event) => agent.input(event),
    closed: () => exit(0),
  })
  agent.start(terminal)
}

function main(): void {
  const argv = parseArguments(process.argv.slice(2))
  if (argv.help) process.stdout.write(usage)
  else if (argv.version) process.stdout.write(`${__VERSION__}\n`)
  else if (process.stdin.isTTY) run(argv, process.env)
  else {
    throw new SimError('NOT_A_TERMINAL', 'stdin is not a terminal', { hint: 'start it in a tmux window' })
  }
}

try {
  main()
} catch (error) {
  const hint = isSimError(error) && error.hint !== undefined ? `\n  ${error.hint}` : ''
  process.stderr.write(`tmo-agent-sim: ${reasonOf(error)}${hint}\n`)
  const isUsage = isSimError(error) && (error.code === 'BAD_ARGUMENT' || error.code === 'NOT_A_TERMINAL')
  process.exitCode = isUsage ? usageExit : 1
}
