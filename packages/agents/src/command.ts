import { basename } from 'node:path'
import { isProcessAlive } from '@tmux-orchestrator/tmux-driver'
import { type Activity, judge } from './activity.ts'
import type {
  AgentAdapter,
  AgentHandle,
  Detection,
  DetectOptions,
  LaunchChoices,
  LaunchPlan,
  LaunchRequest,
  PaneLook,
  Presence,
} from './adapter.ts'
import { parseCommandLine } from './command-line.ts'
import { type Environment, findProgram } from './find-program.ts'
import { checkOptions, launchEnv } from './launch.ts'
import { builtInRules } from './load-screen-rules.ts'
import { readScreen } from './read-screen.ts'
import type { ScreenReading } from './screen.ts'
import type { RulesOrigin, ScreenRules } from './screen-rules.ts'
import { lifeOf, Steady } from './steady.ts'
import { titleSignal } from './title.ts'

/** Programs whose title follows their state; another program's title is its own business. */
const titled: readonly string[] = ['codex', 'gemini']

/** Any program: started as it is named, briefed by paste; nothing that reaches it can be proven. */
export class CommandAdapter implements AgentAdapter {
  readonly program: string
  readonly proof = 'none'
  readonly shells: readonly string[]
  readonly #argv: readonly string[]
  readonly #name: string
  readonly #env: Environment
  readonly #rules: ScreenRules
  readonly #steady = new Steady()

  constructor(line: string, env: Environment, rules: ScreenRules = builtInRules('command')) {
    this.#rules = rules
    this.program = line
    this.#argv = parseCommandLine(line)
    this.#name = basename(this.#argv[0] ?? '')
    this.shells = [this.#name]
    this.#env = env
  }

  get rules(): RulesOrigin {
    return this.#rules
  }

  async detect(_options: DetectOptions = {}): Promise<Detection> {
    const name = this.#argv[0] ?? ''
    const path = await findProgram(name, this.#env)
    if (path !== undefined) return { status: 'ready', path, version: '' }
    return { status: 'missing', hint: `There is no program ${name}: install it, or give its path.` }
  }

  checkChoices(choices: LaunchChoices): void {
    checkOptions(this.#name, choices, [])
  }

  async prepare(request: LaunchRequest): Promise<LaunchPlan> {
    this.checkChoices(request)
    const env = launchEnv(request, this.#env)
    return { argv: this.#argv, env, briefed: request.brief === undefined ? 'none' : 'paste' }
  }

  async activity(handle: AgentHandle, look: PaneLook): Promise<Activity> {
    const now = Date.now()
    if (look.dead || !isProcessAlive(handle.pid))
      return judge([{ state: 'exited', source: 'process', at: now }])
    const title = titled.includes(this.#name) ? titleSignal(look.title, now) : undefined
    const detail = 'it runs; this program tells no more'
    const activity = judge([title ?? { state: 'unknown', source: 'none', at: now, detail }])
    return this.#steady.look(lifeOf(handle), activity, now)
  }

  async conversation(): Promise<Presence> {
    return 'unknown'
  }

  async findToken(): Promise<Presence> {
    return 'unknown'
  }

  readScreen(screen: string): ScreenReading {
    return readScreen(screen, this.#rules)
  }
}
