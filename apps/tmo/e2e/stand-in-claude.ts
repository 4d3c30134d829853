import { randomUUID } from 'node:crypto'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { delimiter, join } from 'node:path'
import { type Room, waitFor } from './room.ts'

/**
 * Stands in for Claude Code at the edges that tmo touches: it reads the settings that it is started with, runs their
 * hooks as Claude Code does, and keeps a session file. It asks what is put into its folder and keeps what its hook said.
 */
const program = `#!${process.execPath}
const { spawn } = require('node:child_process')
const { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } = require('node:fs')
const { join } = require('node:path')
const argv = process.argv.slice(2)
if (argv[0] === '--version') { console.log('2.1.330 (Claude Code)'); process.exit(0) }
const after = (name) => argv[argv.indexOf(name) + 1]
const folder = process.env.CLAUDE_CONFIG_DIR
const id = argv.includes('--resume') ? after('--resume') : after('--session-id')
const { hooks } = JSON.parse(readFileSync(after('--settings'), 'utf8'))
const set = (status, waitingFor) => {
  mkdirSync(join(folder, 'sessions'), { recursive: true })
  const session = { pid: process.pid, sessionId: id, cwd: process.cwd(), status, waitingFor, statusUpdatedAt: Date.now() }
  writeFileSync(join(folder, 'sessions', process.pid + '.json'), JSON.stringify(session))
}
const fire = (event, payload) => new Promise((resolve) => {
  const child = spawn('/bin/sh', ['-c', hooks[event][0].hooks[0].command], { stdio: ['pipe', 'pipe', 'inherit'] })
  let said = ''
  child.stdout.on('data', (chunk) => { said += chunk })
  child.on('close', () => resolve(said))
  child.stdin.end(JSON.stringify({ session_id: id, cwd: process.cwd(), ...payload, hook_event_name: event }))
})
const note = (...entries) => {
  const project = join(folder, 'projects', process.cwd().replace(/[^A-Za-z0-9]/g, '-'))
  mkdirSync(project, { recursive: true })
  const at = { sessionId: id, cwd: process.cwd(), timestamp: new Date().toISOString() }
  const lines = entries.map((entry) => JSON.stringify({ ...at, ...entry }) + '\\n')
  appendFileSync(join(project, id + '.jsonl'), lines.join(''))
}
const main = async () => {
  await fire('SessionStart', {})
  set('busy')
  if (!argv.includes('--resume')) {
    await fire('UserPromptSubmit', { prompt: argv.at(-1) })
    note({ type: 'user', message: { role: 'user', content: argv.at(-1) } })
  }
  set('idle')
  const [ask, answer, turn] = ['ask.json', 'answer.txt', 'turn.json'].map((name) => join(folder, name))
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, 20))
    if (existsSync(turn)) {
      const { hook, entries } = JSON.parse(readFileSync(turn, 'utf8'))
      set('busy')
      note(...entries)
      await fire(hook.hook_event_name, hook)
      set('idle')
      rmSync(turn)
    }
    if (!existsSync(ask) || existsSync(answer)) continue
    const payload = JSON.parse(readFileSync(ask, 'utf8'))
    set('waiting', payload.tool_name === 'AskUserQuestion' ? 'input needed' : 'permission prompt')
    const said = await fire('PermissionRequest', payload)
    // Without an answer its dialog goes on standing in its window.
    if (said !== '') set('idle')
    writeFileSync(answer + '.new', said)
    rmSync(ask)
    renameSync(answer + '.new', answer)
  }
}
main()
`

export interface StandIn {
  /** Makes it ask; an object is a tool's input, a text a command of `Bash`. */
  ask(asked: string | object): void
  /** What its hook printed, once it has ended. */
  answer(): Promise<string>
  /** Makes a turn end in a limit that lasts until then, as 2.1.330 records it; `continues`: it will go on by itself. */
  limit(resetAt: number, options?: { readonly continues?: boolean }): Promise<void>
  /** Makes a turn fail, as it is recorded: `authentication_failed`, `billing_error`, `server_error` … */
  fail(error: string, status: number): Promise<void>
  /** Makes a turn that ends well, with what its model used. */
  work(usage: Readonly<Record<string, number>>): Promise<void>
  /** What its hook printed, or undefined while it waits. */
  peek(): string | undefined
}

/** Installs it in a room, set up and logged in. */
export function installClaude(room: Room): StandIn {
  const [bin, folder] = [join(room.folder, 'bin'), join(room.folder, 'claude')]
  for (const path of [bin, folder]) mkdirSync(path)
  writeFileSync(join(bin, 'claude'), program)
  chmodSync(join(bin, 'claude'), 0o755)
  room.env['PATH'] = [bin, room.env['PATH']].join(delimiter)
  room.env['CLAUDE_CONFIG_DIR'] = folder
  room.env['ANTHROPIC_AUTH_TOKEN'] = 'dummy'
  // Its user trusts what the room calls its project.
  const projects = { [join(realpathSync(room.folder), 'project')]: { hasTrustDialogAccepted: true } }
  writeFileSync(join(folder, '.claude.json'), JSON.stringify({ hasCompletedOnboarding: true, projects }))
  const answerFile = join(folder, 'answer.txt')
  const peek = (): string | undefined =>
    existsSync(answerFile) ? readFileSync(answerFile, 'utf8') : undefined
  const turn = async (hook: object, entries: readonly object[]): Promise<void> => {
    const file = join(folder, 'turn.json')
    writeFileSync(`${file}.new`, JSON.stringify({ hook, entries }))
    renameSync(`${file}.new`, file)
    await waitFor('the end of its turn', () => !existsSync(file))
  }
  const message = (text: string, usage: object): object => {
    const content = [{ type: 'text', text }]
    return { id: `msg-${randomUUID()}`, role: 'assistant', model: 'fable-1', content, usage }
  }
  return {
    limit: async (resetAt, { continues = false } = {}) => {
      const limit = {
        type: 'assistant',
        isApiErrorMessage: true,
        error: 'rate_limit',
        apiErrorStatus: 429,
        apiError: 'usage_limit_reached',
        quotaLimits: { status: 'rejected', resetsAt: resetAt / 1000, rateLimitType: 'five_hour' },
        message: { ...message("You've hit your 5-hour limit", {}), model: '<synthetic>' },
      }
      const notice = { type: 'system', content: 'Usage limit reached · will continue automatically' }
      const hook = { hook_event_name: 'StopFailure', error: 'rate_limit' }
      await turn(hook, continues ? [limit, notice] : [limit])
    },
    fail: async (error, status) => {
      const failure = {
        type: 'assistant',
        isApiErrorMessage: true,
        error,
        apiErrorStatus: status,
        message: { ...message(`API Error: ${status}`, {}), model: '<synthetic>' },
      }
      await turn({ hook_event_name: 'StopFailure', error }, [failure])
    },
    work: async (usage) =>
      await turn({ hook_event_name: 'Stop' }, [{ type: 'assistant', message: message('done', usage) }]),
    ask: (asked) => {
      const payload =
        typeof asked === 'string' ? { tool_name: 'Bash', tool_input: { command: asked } } : asked
      if (existsSync(answerFile)) throw new Error('the last answer was not taken')
      writeFileSync(join(folder, 'ask.json.new'), JSON.stringify(payload))
      renameSync(join(folder, 'ask.json.new'), join(folder, 'ask.json'))
    },
    peek,
    answer: async () => {
      await waitFor('the answer of the hook', () => peek() !== undefined)
      const said = peek() ?? ''
      rmSync(answerFile)
      return said
    },
  }
}

/** Of one task. */
export const spec = '# Notes\n\n## Tasks\n\n- [ ] Write `notes/one.md`\n'

export interface Started {
  readonly id: string
  readonly claude: StandIn
}

/** A team of one, which does what its test makes it do. */
export async function startTeam(room: Room): Promise<Started> {
  const claude = installClaude(room)
  const project = await room.project({ 'spec.md': spec })
  const argv = ['--project', project, '--spec', `${project}/spec.md`, '--roles', 'developer']
  return { claude, id: (await room.json(['run', ...argv, '--agent', 'claude'])).id }
}
