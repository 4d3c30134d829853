import { homedir } from 'node:os'
import { join } from 'node:path'
import { isProcessAlive } from '@tmux-orchestrator/tmux-driver'
import { type Activity, judge } from './activity.ts'
import type {
  AgentAdapter,
  AgentHandle,
  ConversationQuery,
  Detection,
  DetectOptions,
  LaunchChoices,
  LaunchPlan,
  LaunchRequest,
  Leftover,
  PaneLook,
  Presence,
  TokenQuery,
  Usage,
} from './adapter.ts'
import { sizeOf } from './files.ts'
import { type Environment, findProgram } from './find-program.ts'
import { parseObject } from './json.ts'
import { briefing, checkOptions, launchEnv } from './launch.ts'
import { LineTallies, type Tally } from './line-tallies.ts'
import { builtInRules } from './load-screen-rules.ts'
import type { PermissionAsk } from './permission.ts'
import { readVersion } from './program-version.ts'
import { readScreen } from './read-screen.ts'
import type { ScreenReading } from './screen.ts'
import type { RulesOrigin, ScreenRules } from './screen-rules.ts'
import { readSession } from './session-file.ts'
import { sessionSignal, startingSignal } from './session-signal.ts'
import { readSimAsk } from './sim-permissions.ts'
import { lifeOf, Steady } from './steady.ts'
import { TokenSearch } from './token-search.ts'
import { type ChangeWatch, watchFolder } from './watch-folder.ts'

export interface SimAdapterOptions {
  readonly home?: string
  /** Path of the program; one that ends in `.js` runs with this Node. @defaultValue `tmo-agent-sim` on PATH */
  readonly program?: string
  readonly env: Environment
  /** Whose prompt box it has. @defaultValue its own */
  readonly prompt?: SimPrompt
  readonly rules?: ScreenRules
}

/** The programs whose prompt boxes the simulated agent can have. */
export type SimPrompt = 'sim' | 'claude' | 'codex' | 'gemini' | 'opencode'

/** Those of the program, without their dashes. */
const options = [
  ...['persona', 'seed', 'startup-ms', 'think-ms', 'work-ms', 'answer-lines'],
  ...['draft', 'draft-every-ms', 'draft-for-ms', 'swallow-enters', 'keep-every'],
  ...['dialog-on-paste', 'dialog-every-ms', 'dialog-for-ms', 'scroll-every-ms', 'scroll-for-ms'],
  ...['hang-every', 'hang-ms', 'crash-every', 'crash-at'],
  ...['limit-every', 'limit-ms', 'compact-every', 'compact-ms'],
] as const
const flags = ['mute', 'limit-continues'] as const

/** The simulated agent: `tmo-agent-sim`. */
export class SimAdapter implements AgentAdapter {
  readonly program = 'sim'
  readonly proof = 'transcript'
  readonly shells: readonly string[] = []
  readonly leftover: Leftover = {
    keys: ['C-u'],
    isTaken: async (query) => (await this.findToken(query)) === 'present',
  }
  readonly answerKeys: NonNullable<AgentAdapter['answerKeys']>
  readonly showsQueued: boolean
  readonly #home: string
  readonly #name: string
  readonly #env: Environment
  readonly #prompt: SimPrompt
  readonly #rules: ScreenRules
  readonly #tokens = new TokenSearch(isInput)
  readonly #turns = new LineTallies(() => new TurnTally())
  readonly #steady = new Steady()

  constructor(settings: SimAdapterOptions) {
    this.#env = settings.env
    this.#prompt = settings.prompt ?? 'sim'
    this.#rules = settings.rules ?? builtInRules(this.#prompt)
    this.showsQueued = this.#prompt !== 'gemini'
    this.answerKeys = {
      allow: this.#prompt === 'sim' ? ['1'] : ['Enter'],
      deny: this.#prompt === 'sim' ? ['2'] : ['Escape'],
    }
    this.#home = settings.home ?? defaultHome(settings.env)
    this.#name = settings.program ?? 'tmo-agent-sim'
  }

  get rules(): RulesOrigin {
    return this.#rules
  }

  async detect(o: DetectOptions = {}): Promise<Detection> {
    const path = this.#name.endsWith('.js') ? this.#name : await findProgram(this.#name, this.#env)
    const hint = 'The simulated agent is not installed: npm i -g @tmux-orchestrator/agent-sim'
    if (path === undefined) return { status: 'missing', hint }
    if ((await sizeOf(path)).status !== 'read') return { status: 'missing', hint }
    const version = await readVersion(this.#command(path), {
      env: this.#env,
      ...(o.signal && { signal: o.signal }),
    })
    if (version !== undefined) return { status: 'ready', path, version }
    return {
      status: 'not-ready',
      path,
      problems: [{ what: `${path} --version fails`, remedy: 'Install it again.' }],
    }
  }

  checkChoices(choices: LaunchChoices): void {
    checkOptions('sim', choices, [...options, ...flags])
  }

  async prepare(request: LaunchRequest): Promise<LaunchPlan> {
    this.checkChoices(request)
    const { briefed, argument } = briefing(request)
    const path = (await findProgram(this.#name, this.#env)) ?? this.#name
    const chosen = Object.entries(request.options ?? {}).flatMap(([name, value]) =>
      flags.some((flag) => flag === name) ? [`--${name}`] : [`--${name}`, value],
    )
    const box = this.#prompt === 'sim' ? [] : ['--prompt', this.#prompt]
    const id = request.mode === 'new' ? '--session-id' : '--resume'
    return {
      argv: [...this.#command(path), id, request.conversationId, ...box, ...chosen, ...argument],
      env: { ...launchEnv(request, this.#env), TMO_SIM_HOME: this.#home },
      briefed,
    }
  }

  async activity(handle: AgentHandle, look: PaneLook): Promise<Activity> {
    const now = Date.now()
    return this.#steady.look(lifeOf(handle), await this.#read(handle, look, now), now)
  }

  async #read(handle: AgentHandle, look: PaneLook, now: number): Promise<Activity> {
    if (look.dead) return judge([{ state: 'exited', source: 'process', at: now }])
    const reading = await readSession(this.#home, handle)
    if (reading.status === 'found') return judge([sessionSignal(reading.session)])
    if (reading.status === 'unreadable') return judge([{ state: 'unknown', source: 'status-file', at: now }])
    if (!isProcessAlive(handle.pid)) return judge([{ state: 'exited', source: 'process', at: now }])
    return judge([await startingSignal(look, (screen) => this.readScreen(screen), now)])
  }

  async conversation(query: ConversationQuery): Promise<Presence> {
    const size = await sizeOf(this.#transcript(query.conversationId))
    if (size.status === 'unreadable') return 'unknown'
    return size.status === 'read' && size.value > 0 ? 'present' : 'absent'
  }

  findToken(query: TokenQuery): Promise<Presence> {
    return this.#tokens.find(this.#transcript(query.conversationId), query.token)
  }

  /** It has no model, so that its work costs nothing. */
  async usage(query: ConversationQuery): Promise<Usage | undefined> {
    const turns = await this.#turns.read(this.#transcript(query.conversationId))
    if (turns === undefined) return undefined
    return { inputTokens: 0, outputTokens: 0, cachedInputTokens: 0, costUsd: 0, turns }
  }

  /** It has no hook and no API: what it asks stands on its screen, and only when its session file says that it asks. */
  async permissions(handle: AgentHandle, look: PaneLook): Promise<readonly PermissionAsk[] | undefined> {
    const reading = await readSession(this.#home, handle)
    if (reading.status === 'unreadable') return undefined
    if (reading.status === 'absent' || sessionSignal(reading.session).state !== 'blocked-permission')
      return []
    const ask = look.screen ? readSimAsk(await look.screen(), reading.session) : undefined
    return ask ? [ask] : undefined
  }

  async pasteNumbering(handle: AgentHandle): Promise<string | undefined> {
    if (this.#prompt !== 'sim' && this.#prompt !== 'claude') return undefined
    const reading = await readSession(this.#home, handle)
    return reading.status === 'found' ? String(reading.session.pid) : undefined
  }

  readScreen(screen: string): ScreenReading {
    return readScreen(screen, this.#rules)
  }

  watch(_query: { readonly stateDir: string }, onChange: (file?: string) => void): ChangeWatch {
    return watchFolder(join(this.#home, 'sessions'), onChange)
  }

  #command(path: string): [string, ...string[]] {
    return path.endsWith('.js') ? [process.execPath, path] : [path]
  }

  #transcript(conversationId: string): string {
    return join(this.#home, 'conversations', `${conversationId}.jsonl`)
  }
}

/** A summary quotes what was said, and is no input. */
function isInput(line: string, token: string): boolean {
  const entry = parseObject(line)
  if (entry?.['type'] !== 'user' || entry['via'] === 'summary') return false
  return typeof entry['text'] === 'string' && entry['text'].includes(token)
}

function defaultHome(env: Environment): string {
  const state = env['XDG_STATE_HOME'] || join(env['HOME'] ?? homedir(), '.local', 'state')
  return env['TMO_SIM_HOME'] || join(state, 'tmo-agent-sim')
}

/** How often it was given something to do. */
class TurnTally implements Tally<number> {
  #turns = 0

  add(line: string): void {
    if (parseObject(line)?.['type'] === 'user') this.#turns += 1
  }

  result(): number {
    return this.#turns
  }
}
