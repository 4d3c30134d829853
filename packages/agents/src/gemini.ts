import { isProcessAlive } from '@tmux-orchestrator/tmux-driver'
import { type Activity, judge, type Signal } from './activity.ts'
import type {
  AgentAdapter,
  AgentHandle,
  ConversationQuery,
  Detection,
  DetectOptions,
  LaunchChoices,
  LaunchPlan,
  LaunchRequest,
  LimitDialog,
  PaneLook,
  Presence,
  TokenQuery,
  TurnEnd,
  Usage,
} from './adapter.ts'
import { briefPending, isBriefPending } from './brief-pending.ts'
import { detectProgram } from './detect-program.ts'
import { dialogSight, listAsksOf, showsAsk } from './dialog-asks.ts'
import { errorOfText } from './error-kind.ts'
import { changedAt, readTail } from './files.ts'
import { type Environment, findProgram } from './find-program.ts'
import { ChatTally, chatError, findChats, isChatInput, isResumable, usageOfChats } from './gemini-chat.ts'
import { geminiProblems, trustGeminiFolder } from './gemini-config.ts'
import { geminiHookSignal, isUnproven } from './gemini-hooks.ts'
import { chooseForGemini, planGemini } from './gemini-launch.ts'
import { limitDialog } from './gemini-limit.ts'
import { type GeminiPaths, geminiPaths } from './gemini-paths.ts'
import { geminiDialogs } from './gemini-permissions.ts'
import { holdTools } from './hold-tools.ts'
import { hookLog, isInputOf, readHooks } from './hooks.ts'
import { LineTallies } from './line-tallies.ts'
import { builtInRules } from './load-screen-rules.ts'
import type { PermissionAsk } from './permission.ts'
import { watchPermissions } from './permission-hook.ts'
import { readScreen } from './read-screen.ts'
import { resetInstant } from './reset-time.ts'
import { type ScreenReading, screenFinding } from './screen.ts'
import type { RulesOrigin, ScreenRules } from './screen-rules.ts'
import { noteStarted, watchedProgram } from './started-version.ts'
import { lifeOf, Steady } from './steady.ts'
import { titleSignal } from './title.ts'
import { TokenSearch } from './token-search.ts'
import { offerAtTurnEnd, withdrawFromTurnEnd } from './turn-end.ts'
import { readStart } from './version-range.ts'
import type { ChangeWatch } from './watch-folder.ts'

/** It draws its prompt box seconds before it is ready; after this long a missing SessionStart means that hooks are off. */
const hooksLateMs = 20_000
/** How long a title may lag behind the hook of a prompt. */
const titleLateMs = 3_000
const tailBytes = 65_536
/** Thousands of events: more than come while a message is looked for. */
const provenBytes = 1_048_576
const limitText = /quota will reset|usage limit|exhausted your (daily quota|capacity)/i

/** Gemini CLI, read through its title and our hooks. */
export class GeminiAdapter implements AgentAdapter {
  readonly program = 'gemini'
  readonly proof = 'transcript'
  readonly showsQueued = false
  readonly shells: readonly string[] = []
  readonly turnEnd: TurnEnd = {
    offer: (handle, message) => this.#offer(handle, message),
    withdraw: ({ stateDir, token }) => withdrawFromTurnEnd(stateDir, token),
  }
  readonly limitDialog: LimitDialog = {
    choice: /^│ ● 1\. Keep trying\b/,
    words: 'Keep trying',
    keys: ['Enter'],
    goesOn: true,
  }
  /** By number: where the dialog is gone, a 1 stands in the box, and nothing is sent. */
  readonly answerKeys = { allow: ['1'], deny: ['Escape'] } as const
  readonly #env: Environment
  readonly #paths: GeminiPaths
  readonly #rules: ScreenRules
  readonly #steady = new Steady()
  readonly #hooks = new TokenSearch(isInputOf('BeforeAgent'))
  readonly #chats = new TokenSearch(isChatInput)
  readonly #usages = new LineTallies(() => new ChatTally())
  readonly #sight = dialogSight({ ...geminiDialogs, readScreen: (screen) => this.readScreen(screen) })

  constructor(env: Environment, rules: ScreenRules = builtInRules('gemini')) {
    this.#env = env
    this.#paths = geminiPaths(env)
    this.#rules = rules
  }

  get rules(): RulesOrigin {
    return this.#rules
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

  checkChoices(choices: LaunchChoices): void {
    chooseForGemini(choices)
  }

  async prepare(request: LaunchRequest): Promise<LaunchPlan> {
    const path = (await findProgram('gemini', this.#env)) ?? 'gemini'
    const plan = await planGemini(path, request, this.#env, this.#paths)
    await noteStarted(request.stateDir, [path], this.#env, plan.briefed)
    return plan
  }

  async activity(handle: AgentHandle, look: PaneLook): Promise<Activity> {
    const now = Date.now()
    if (look.dead || !isProcessAlive(handle.pid))
      return judge([{ state: 'exited', source: 'process', at: now }])
    const title = titleSignal(look.title, now)
    const events = (await readHooks(handle.stateDir)) ?? []
    const hook = geminiHookSignal(events)
    const isUntold = hook === undefined && (title === undefined || title.state === 'idle')
    const isUntaken =
      hook?.state === 'idle' && (await isBriefPending(handle.stateDir, events, 'BeforeAgent', now))
    if (isUntaken && title?.state !== 'working' && title?.state !== 'blocked-permission')
      return judge([{ state: 'starting', source: 'hook', at: hook.at, detail: briefPending }, hook, title])
    const activity = isUntold
      ? judge([await this.#readUntold(handle, look, now), title])
      : await this.#weigh(title, hook, handle, look, now)
    return this.#steady.look(lifeOf(handle), activity, now, await changedAt(hookLog(handle.stateDir)))
  }

  /** Without a hook it is starting, or its hooks are off: then its screen tells. */
  async #readUntold(handle: AgentHandle, look: PaneLook, now: number): Promise<Signal> {
    if (!look.screen) return { state: 'starting', source: 'process', at: now }
    const finding = screenFinding(this.readScreen(await look.screen()), { now })
    const sinceMs = now - ((await readStart(handle.stateDir))?.at ?? 0)
    const isEarly = finding.state === 'idle' && sinceMs < hooksLateMs
    if (isEarly)
      return { state: 'starting', source: 'hook', at: now, detail: 'its SessionStart hook has not fired' }
    return { ...(finding.state === 'unknown' ? { state: 'starting' } : finding), source: 'screen', at: now }
  }

  /** The title tells of work and questions at once; hooks tell how a turn ended, the chat or the screen what the failure was. */
  async #weigh(
    title: Signal | undefined,
    hook: Signal | undefined,
    handle: AgentHandle,
    look: PaneLook,
    now: number,
  ): Promise<Activity> {
    // Its title says that it works while it asks what to do about a limit, and that it is ready once its turn was cancelled there.
    if (title?.state === 'working' || hook?.state === 'working') {
      const limit = await this.#readLimit(look, hook, now)
      if (limit) return judge([limit, title, hook])
    }
    if (title && title.state !== 'idle') return judge([title, hook])
    if (hook?.state !== 'error') {
      // A title follows its hook a moment later; one that stays idle tells of a turn that was cancelled.
      const isFresh = hook?.state === 'working' && now - hook.at < titleLateMs
      const isOver = title === undefined || hook?.state === 'idle' || isFresh
      return judge(isOver ? [hook, title] : [title, hook])
    }
    return judge([await this.#readFailure(handle, look, hook.at, now), hook, title])
  }

  async #readLimit(look: PaneLook, hook: Signal | undefined, now: number): Promise<Signal | undefined> {
    if (!look.screen) return undefined
    const screen = await look.screen()
    if (this.readScreen(screen).kind !== 'dialog') return undefined
    const limit = limitDialog(screen, hook === undefined ? { now } : { now, printedAt: hook.at })
    return limit && { ...limit, source: 'screen', at: hook?.at ?? now }
  }

  async #readFailure(
    handle: AgentHandle,
    look: PaneLook,
    at: number,
    now: number,
  ): Promise<Signal | undefined> {
    const chats = await findChats(this.#paths.folder, handle.conversationId)
    const newest = chats.status === 'read' ? chats.value.at(-1) : undefined
    const tail = newest === undefined ? undefined : await readTail(newest, tailBytes)
    const text = tail?.status === 'read' ? chatError(tail.value.split('\n')) : undefined
    if (text !== undefined && limitText.test(text)) {
      const resetAt = resetInstant(text, { now, printedAt: at })
      const limit = { state: 'limited', detail: text.slice(0, 200), source: 'transcript', at } as const
      return { ...limit, ...(resetAt !== undefined && { resetAt }) }
    }
    if (text !== undefined) {
      return {
        state: 'error',
        error: errorOfText(text),
        detail: text.slice(0, 200),
        source: 'transcript',
        at,
      }
    }
    const finding = look.screen && screenFinding(this.readScreen(await look.screen()), { now, printedAt: at })
    const isNamed = finding?.state === 'error' || finding?.state === 'limited'
    return isNamed ? { ...finding, source: 'screen', at } : undefined
  }

  hold(handle: AgentHandle, signal?: AbortSignal): Promise<() => Promise<void>> {
    return holdTools(handle.stateDir, { isInTurn: () => this.#isInTurn(handle), signal })
  }

  /** By its hooks alone: after a turn that a person has cancelled it is taken for one that goes on. */
  async #isInTurn({ stateDir }: AgentHandle): Promise<boolean> {
    const hook = geminiHookSignal((await readHooks(stateDir)) ?? [])
    return hook?.state === 'working' || hook?.state === 'blocked-permission'
  }

  async #offer(handle: AgentHandle, message: { token: string; text: string }): Promise<boolean> {
    if (!(await this.#isInTurn(handle))) return false
    await offerAtTurnEnd(handle.stateDir, message)
    return true
  }

  async conversation(query: ConversationQuery): Promise<Presence> {
    const chats = await findChats(this.#paths.folder, query.conversationId)
    if (chats.status === 'unreadable') return 'unknown'
    const found = chats.status === 'read' ? await Promise.all(chats.value.map(isResumable)) : []
    return found.includes(true) ? 'present' : 'absent'
  }

  async findToken(query: TokenQuery): Promise<Presence> {
    const hooked = await this.#hooks.find(hookLog(query.stateDir), query.token)
    if (hooked === 'present') {
      const events = (await readHooks(query.stateDir, provenBytes)) ?? []
      return isUnproven(events, query.token, Date.now()) ? 'absent' : 'present'
    }
    const chats = await findChats(this.#paths.folder, query.conversationId)
    if (chats.status !== 'read') return chats.status === 'absent' ? hooked : 'unknown'
    const found = await Promise.all(chats.value.map((chat) => this.#chats.find(chat, query.token)))
    if (found.includes('present')) return 'present'
    return found.includes('unknown') ? 'unknown' : 'absent'
  }

  readScreen(screen: string): ScreenReading {
    return readScreen(screen, this.#rules)
  }

  watchedOnly({ stateDir }: { readonly stateDir: string }): Promise<string | undefined> {
    return watchedProgram('Gemini CLI', stateDir, this.#rules.tested)
  }

  permissions({ stateDir }: AgentHandle, look: PaneLook): Promise<readonly PermissionAsk[] | undefined> {
    return listAsksOf(stateDir, look, this.#sight)
  }

  showsAsk(screen: string, ask: PermissionAsk): boolean {
    return showsAsk(screen, ask, geminiDialogs)
  }

  watchPermissions(place: { readonly stateDir: string }, onChange: () => void): ChangeWatch {
    return watchPermissions(place.stateDir, onChange)
  }

  async usage(query: ConversationQuery): Promise<Usage | undefined> {
    const chats = await findChats(this.#paths.folder, query.conversationId)
    if (chats.status !== 'read') return undefined
    const tallies = await Promise.all(chats.value.map((chat) => this.#usages.read(chat)))
    return usageOfChats(tallies.filter((tally) => tally !== undefined))
  }

  trust(project: string): Promise<void> {
    return trustGeminiFolder(this.#paths, project)
  }
}
