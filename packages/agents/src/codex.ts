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
  PaneLook,
  Presence,
  SendOutcome,
  SendRequest,
  TokenQuery,
  TurnEnd,
  Usage,
} from './adapter.ts'
import { briefPending, isBriefPending } from './brief-pending.ts'
import { codexProblems, trustCodexProject } from './codex-config.ts'
import { codexHookSignal } from './codex-hooks.ts'
import { chooseForCodex, planCodex } from './codex-launch.ts'
import { codexHome } from './codex-paths.ts'
import { codexDialogs } from './codex-permissions.ts'
import { isRolloutInput, RolloutTally, rolloutSignal } from './codex-rollout.ts'
import { sendToCodex } from './codex-send.ts'
import { detectProgram } from './detect-program.ts'
import { dialogSight, listAsksOf, showsAsk } from './dialog-asks.ts'
import { changedAt, readTail, sizeOf } from './files.ts'
import { type Environment, findProgram } from './find-program.ts'
import { holdTools } from './hold-tools.ts'
import { hookLog, isInputOf, readHooks } from './hooks.ts'
import { LineTallies } from './line-tallies.ts'
import { builtInRules } from './load-screen-rules.ts'
import { type OwnConversation, ownConversation } from './own-conversation.ts'
import type { PermissionAsk } from './permission.ts'
import { type HookDesk, hookDesk, listHookAsks } from './permission-hook.ts'
import { readScreen } from './read-screen.ts'
import { type ScreenReading, screenFinding } from './screen.ts'
import type { RulesOrigin, ScreenRules } from './screen-rules.ts'
import { noteStarted, watchedProgram } from './started-version.ts'
import { lifeOf, Steady } from './steady.ts'
import { titleSignal } from './title.ts'
import { TokenSearch } from './token-search.ts'
import { offerAtTurnEnd, withdrawFromTurnEnd } from './turn-end.ts'
import { readStart } from './version-range.ts'

const tailBytes = 65_536

/** Codex, read through its title, its rollout and our hooks, and spoken to through the server in its pane. */
export class CodexAdapter implements AgentAdapter {
  readonly program = 'codex'
  readonly proof = 'transcript'
  readonly shells: readonly string[] = []
  readonly answer: HookDesk['answer'] = hookDesk.answer
  readonly keepPermissions: HookDesk['keepPermissions'] = hookDesk.keepPermissions
  readonly releasePermissions: HookDesk['releasePermissions'] = hookDesk.releasePermissions
  readonly watchPermissions: HookDesk['watchPermissions'] = hookDesk.watchPermissions
  readonly hooksHideDialog = true
  /** Both are for where it has no server, and is typed into. */
  readonly turnEnd: TurnEnd = {
    offer: (handle, message) => this.#offer(handle, message),
    withdraw: ({ stateDir, token }) => withdrawFromTurnEnd(stateDir, token),
  }
  readonly answerKeys = { allow: ['y'], deny: ['Escape'] } as const
  readonly #env: Environment
  readonly #home: string
  readonly #rules: ScreenRules
  readonly #steady = new Steady()
  readonly #sight = dialogSight({ ...codexDialogs, readScreen: (screen) => this.readScreen(screen) })
  readonly #hooks = new TokenSearch(isInputOf('UserPromptSubmit'))
  readonly #rollouts = new TokenSearch(isRolloutInput)
  readonly #usages = new LineTallies(() => new RolloutTally())

  constructor(env: Environment, rules: ScreenRules = builtInRules('codex')) {
    this.#env = env
    this.#home = codexHome(env)
    this.#rules = rules
  }

  get rules(): RulesOrigin {
    return this.#rules
  }

  detect(options: DetectOptions = {}): Promise<Detection> {
    return detectProgram({
      name: 'codex',
      title: 'Codex',
      install: 'npm i -g @openai/codex',
      env: this.#env,
      tested: this.#rules.tested,
      problems: () => codexProblems(this.#home, this.#env, options.project),
      ...options,
    })
  }

  checkChoices(choices: LaunchChoices): void {
    chooseForCodex(choices)
  }

  async prepare(request: LaunchRequest): Promise<LaunchPlan> {
    const path = (await findProgram('codex', this.#env)) ?? 'codex'
    const own =
      request.mode === 'resume' ? await ownConversation(request.stateDir, request.conversationId) : undefined
    const plan = await planCodex(path, request, this.#env, own?.id)
    await noteStarted(request.stateDir, [path], this.#env, plan.briefed)
    return plan
  }

  async activity(handle: AgentHandle, look: PaneLook): Promise<Activity> {
    const now = Date.now()
    if (look.dead || !isProcessAlive(handle.pid))
      return judge([{ state: 'exited', source: 'process', at: now }])
    const title = titleSignal(look.title, now)
    const own = await ownConversation(handle.stateDir, handle.conversationId)
    const signals = [...(title ? [title] : []), ...(await this.#told(handle, own, now))]
    const asking = await this.#asking(handle)
    const activity = judge(
      signals.length > 0 ? [asking, ...signals] : [asking, await this.#readFirstScreen(handle, look, now)],
    )
    const lifeAt = own?.transcript === undefined ? undefined : await changedAt(own.transcript)
    return this.#steady.look(lifeOf(handle), activity, now, lifeAt)
  }

  /** What its rollout and its hooks say of this life, the newest first. */
  async #told(
    { stateDir }: AgentHandle,
    own: OwnConversation | undefined,
    now: number,
  ): Promise<readonly Signal[]> {
    const rollout = own?.transcript === undefined ? undefined : await this.#readRollout(own.transcript, now)
    const hook = codexHookSignal((await readHooks(stateDir)) ?? [])
    const startedAt = (await readStart(stateDir))?.at ?? 0
    // A prompt is told by its hook before the rollout says that its turn has begun.
    return [rollout, hook]
      .filter((signal) => signal !== undefined)
      .filter(({ at }) => at >= startedAt)
      .toSorted((a, b) => b.at - a.at)
  }

  async #isInTurn(handle: AgentHandle): Promise<boolean> {
    const own = await ownConversation(handle.stateDir, handle.conversationId)
    const [last] = await this.#told(handle, own, Date.now())
    return last?.state === 'working' || last?.state === 'blocked-permission'
  }

  hold(handle: AgentHandle, signal?: AbortSignal): Promise<() => Promise<void>> {
    return holdTools(handle.stateDir, { isInTurn: () => this.#isInTurn(handle), signal })
  }

  async #offer(handle: AgentHandle, message: { token: string; text: string }): Promise<boolean> {
    if (!(await this.#isInTurn(handle))) return false
    await offerAtTurnEnd(handle.stateDir, message)
    return true
  }

  /** While its hook waits for an answer Codex shows no dialog, and its title says that it works. */
  async #asking({ stateDir }: AgentHandle): Promise<Signal | undefined> {
    const [ask] = (await listHookAsks(stateDir)) ?? []
    return (
      ask && {
        state: 'blocked-permission',
        source: 'hook',
        at: ask.askedAt,
        detail: `a permission for ${ask.tool}`,
      }
    )
  }

  async #readRollout(path: string, now: number): Promise<Signal | undefined> {
    const tail = await readTail(path, tailBytes)
    if (tail.status === 'unreadable') {
      return { state: 'unknown', source: 'transcript', at: now, detail: 'its rollout cannot be read' }
    }
    return tail.status === 'read' ? rolloutSignal(tail.value.split('\n')) : undefined
  }

  /** Before its first turn Codex has written nothing: its screen alone tells whether it asks or is ready. */
  async #readFirstScreen({ stateDir }: AgentHandle, look: PaneLook, now: number): Promise<Signal> {
    if (!look.screen) return { state: 'starting', source: 'process', at: now }
    const finding = screenFinding(this.readScreen(await look.screen()), { now })
    if (finding.state === 'unknown') return { state: 'starting', source: 'screen', at: now }
    if (finding.state === 'idle' && (await isBriefPending(stateDir, [], 'UserPromptSubmit', now)))
      return { state: 'starting', source: 'screen', at: now, detail: briefPending }
    return { ...finding, source: 'screen', at: now }
  }

  async conversation(query: ConversationQuery): Promise<Presence> {
    const own = await ownConversation(query.stateDir, query.conversationId)
    if (own?.transcript === undefined) return 'absent'
    const size = await sizeOf(own.transcript)
    if (size.status === 'unreadable') return 'unknown'
    return size.status === 'read' ? 'present' : 'absent'
  }

  async findToken(query: TokenQuery): Promise<Presence> {
    const hooked = await this.#hooks.find(hookLog(query.stateDir), query.token)
    if (hooked === 'present') return 'present'
    const own = await ownConversation(query.stateDir, query.conversationId)
    return own?.transcript === undefined ? hooked : this.#rollouts.find(own.transcript, query.token)
  }

  send(request: SendRequest): Promise<SendOutcome> {
    const { handle, message } = request
    const query = { ...handle, token: message.token }
    return sendToCodex(request, async () => (await this.findToken(query)) === 'present')
  }

  readScreen(screen: string): ScreenReading {
    return readScreen(screen, this.#rules)
  }

  watchedOnly({ stateDir }: { readonly stateDir: string }): Promise<string | undefined> {
    return watchedProgram('Codex', stateDir, this.#rules.tested)
  }

  async usage(query: ConversationQuery): Promise<Usage | undefined> {
    const own = await ownConversation(query.stateDir, query.conversationId)
    return own?.transcript === undefined ? undefined : await this.#usages.read(own.transcript)
  }

  permissions({ stateDir }: AgentHandle, look: PaneLook): Promise<readonly PermissionAsk[] | undefined> {
    return listAsksOf(stateDir, look, this.#sight)
  }

  showsAsk(screen: string, ask: PermissionAsk): boolean {
    return showsAsk(screen, ask, codexDialogs)
  }

  trust(project: string): Promise<void> {
    return trustCodexProject(this.#home, project)
  }
}
