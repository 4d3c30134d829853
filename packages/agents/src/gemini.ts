import { isProcessAlive } from '@tmux-orchestrator/tmux-driver'
import { type Activity, judge, type Signal } from './activity.ts'
import type {
  AgentAdapter,
  AgentHandle,
  ConversationQuery,
  Detection,
  DetectOptions,
  LaunchPlan,
  LaunchRequest,
  PaneLook,
  Presence,
  TokenQuery,
  Usage,
} from './adapter.ts'
import { detectProgram } from './detect-program.ts'
import { changedAt, readText } from './files.ts'
import { type Environment, findProgram } from './find-program.ts'
import { chatUsage, findChat, isChatInput } from './gemini-chat.ts'
import { geminiProblems, trustGeminiFolder } from './gemini-config.ts'
import { geminiHookSignal } from './gemini-hooks.ts'
import { planGemini } from './gemini-launch.ts'
import { type GeminiPaths, geminiPaths } from './gemini-paths.ts'
import { hookLog, isInputOf, readHooks } from './hooks.ts'
import { builtInRules } from './load-screen-rules.ts'
import { readScreen } from './read-screen.ts'
import { type ScreenReading, screenFinding } from './screen.ts'
import type { ScreenRules } from './screen-rules.ts'
import { startingSignal } from './session-signal.ts'
import { noteStarted, watchedProgram } from './started-version.ts'
import { lifeOf, Steady } from './steady.ts'
import { titleSignal } from './title.ts'
import { TokenSearch } from './token-search.ts'
import { watchFolder } from './watch-folder.ts'

/** Gemini CLI, read through its title and our hooks. */
export class GeminiAdapter implements AgentAdapter {
  readonly program = 'gemini'
  readonly proof = 'transcript'
  readonly shells: readonly string[] = []
  readonly #env: Environment
  readonly #paths: GeminiPaths
  readonly #rules: ScreenRules
  readonly #steady = new Steady()
  readonly #hooks = new TokenSearch(isInputOf('BeforeAgent'))
  readonly #chats = new TokenSearch(isChatInput)

  constructor(env: Environment, rules: ScreenRules = builtInRules('gemini')) {
    this.#env = env
    this.#paths = geminiPaths(env)
    this.#rules = rules
  }

  detect(options: DetectOptions = {}): Promise<Detection> {
    return detectProgram({
      name: 'gemini',
      title: 'Gemini CLI',
      install: 'npm i -g @google/gemini-cli',
      env: this.#env,
      tested: this.#rules.tested,
      problems: () => geminiProblems(this.#paths, this.#env, options.project),
      ...options,
    })
  }

  async prepare(request: LaunchRequest): Promise<LaunchPlan> {
    const path = (await findProgram('gemini', this.#env)) ?? 'gemini'
    const plan = await planGemini(path, request, this.#env, this.#paths)
    await noteStarted(request.stateDir, [path], this.#env)
    return plan
  }

  async activity(handle: AgentHandle, look: PaneLook): Promise<Activity> {
    const now = Date.now()
    if (look.dead || !isProcessAlive(handle.pid))
      return judge([{ state: 'exited', source: 'process', at: now }])
    const title = titleSignal(look.title, now)
    const events = (await readHooks(handle.stateDir)) ?? []
    if (events.length === 0 && title?.state !== 'working' && title?.state !== 'blocked-permission') {
      return judge([await startingSignal(look, (screen) => this.readScreen(screen), now), title])
    }
    const activity = await this.#weigh(title, geminiHookSignal(events), look, now)
    return this.#steady.look(lifeOf(handle), activity, now, await changedAt(hookLog(handle.stateDir)))
  }

  /** The title tells of work and questions at once; hooks tell how a turn ended, the screen what the failure was. */
  async #weigh(
    title: Signal | undefined,
    hook: Signal | undefined,
    look: PaneLook,
    now: number,
  ): Promise<Activity> {
    if (title && title.state !== 'idle') return judge([title, hook])
    if (hook?.state !== 'error') {
      const isOver = title === undefined || hook?.state === 'idle'
      return judge(isOver ? [hook, title] : [title, hook])
    }
    const finding =
      look.screen && screenFinding(this.readScreen(await look.screen()), { now, printedAt: hook.at })
    const isNamed = finding?.state === 'error' || finding?.state === 'limited'
    return judge([isNamed ? { ...finding, source: 'screen', at: hook.at } : undefined, hook, title])
  }

  async conversation(query: ConversationQuery): Promise<Presence> {
    const chat = await findChat(this.#paths.folder, query.conversationId)
    if (chat.status === 'unreadable') return 'unknown'
    return chat.status === 'read' ? 'present' : 'absent'
  }

  async findToken(query: TokenQuery): Promise<Presence> {
    const hooked = await this.#hooks.find(hookLog(query.stateDir), query.token)
    if (hooked === 'present') return 'present'
    const chat = await findChat(this.#paths.folder, query.conversationId)
    if (chat.status === 'unreadable') return 'unknown'
    return chat.status === 'read' ? this.#chats.find(chat.value, query.token) : hooked
  }

  readScreen(screen: string): ScreenReading {
    return readScreen(screen, this.#rules)
  }

  watchedOnly({ stateDir }: { readonly stateDir: string }): Promise<string | undefined> {
    return watchedProgram('Gemini CLI', stateDir, this.#rules.tested)
  }

  async usage(query: ConversationQuery): Promise<Usage | undefined> {
    const chat = await findChat(this.#paths.folder, query.conversationId)
    const text = chat.status === 'read' ? await readText(chat.value) : chat
    return text.status === 'read' ? chatUsage(text.value) : undefined
  }

  watch({ stateDir }: { readonly stateDir: string }, onChange: () => void): { close(): void } {
    return watchFolder(stateDir, onChange)
  }

  trust(project: string): Promise<void> {
    return trustGeminiFolder(this.#paths, project)
  }
}
