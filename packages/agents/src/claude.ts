import { join } from 'node:path'
import type { Activity } from './activity.ts'
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
  LimitDialog,
  PaneLook,
  Presence,
  TokenQuery,
  TurnEnd,
  Usage,
} from './adapter.ts'
import { claudeActivity } from './claude-activity.ts'
import { findProblems, trustProject } from './claude-config.ts'
import { findBeginning } from './claude-conversation.ts'
import { chooseForClaude, planClaude } from './claude-launch.ts'
import { type ClaudePaths, claudePaths } from './claude-paths.ts'
import { findTranscript, isAnswered, isTranscriptInput } from './claude-transcript.ts'
import { ClaudeTally } from './claude-usage.ts'
import { detectProgram } from './detect-program.ts'
import { changedAt, readTail } from './files.ts'
import { type Environment, findProgram } from './find-program.ts'
import { holdTools } from './hold-tools.ts'
import { hookLog, isInputOf } from './hooks.ts'
import { LineTallies } from './line-tallies.ts'
import { builtInRules } from './load-screen-rules.ts'
import type { PermissionAsk } from './permission.ts'
import { type HookDesk, hookDesk, listHookAsks } from './permission-hook.ts'
import { readScreen } from './read-screen.ts'
import type { ScreenReading } from './screen.ts'
import type { RulesOrigin, ScreenRules } from './screen-rules.ts'
import { readSession } from './session-file.ts'
import { noteStarted, watchedProgram } from './started-version.ts'
import { lifeOf, Steady } from './steady.ts'
import { TokenSearch } from './token-search.ts'
import { offerAtTurnEnd, withdrawFromTurnEnd } from './turn-end.ts'
import { isTested, readStart } from './version-range.ts'
import { type ChangeWatch, watchFolder } from './watch-folder.ts'

/** The first version that was seen to give a number of its own to a folded paste that comes back out of the history. */
const numberedFrom = '2.1.330'
/** Its words for a turn that goes on, or waits for a permission. */
const inTurn: ReadonlySet<string> = new Set(['busy', 'waiting'])
/** Holds the last message and what was said to it. */
const recentBytes = 4_194_304

/** Claude Code, read through its session file, our hooks and its transcript. */
export class ClaudeAdapter implements AgentAdapter {
  readonly program = 'claude'
  readonly proof = 'transcript'
  readonly shells: readonly string[] = []
  /**
   * 2.1.197 leaves a message in its box that comes as a turn ends while another is queued. One that a human took back is theirs,
   * and so is one that nothing was said to yet.
   */
  readonly leftover: Leftover = { keys: ['C-u'], isTaken: (query) => this.#isTaken(query) }
  readonly turnEnd: TurnEnd = {
    offer: (handle, message) => this.#offer(handle, message),
    withdraw: ({ stateDir, token }) => withdrawFromTurnEnd(stateDir, token),
  }
  readonly answer: HookDesk['answer'] = hookDesk.answer
  readonly keepPermissions: HookDesk['keepPermissions'] = hookDesk.keepPermissions
  readonly releasePermissions: HookDesk['releasePermissions'] = hookDesk.releasePermissions
  readonly watchPermissions: HookDesk['watchPermissions'] = hookDesk.watchPermissions
  /**
   * What is pasted while a turn begins may stand in the box again once it was sent (8 of 150 times), and what is pasted as
   * the first turn ends may vanish; after this rest neither was seen.
   */
  readonly restMs = 300
  /** Only 2.1.197 asks; then it waits for a message. */
  readonly limitDialog: LimitDialog = {
    choice: /^\s*❯ 1\. Stop and wait for limit to reset$/,
    words: 'Stop and wait for limit to reset',
    keys: ['Escape'],
    goesOn: false,
  }
  readonly #env: Environment
  readonly #paths: ClaudePaths
  readonly #rules: ScreenRules
  readonly #steady = new Steady()
  readonly #hooks = new TokenSearch(isInputOf('UserPromptSubmit'))
  readonly #transcripts = new TokenSearch(isTranscriptInput)
  readonly #usages = new LineTallies(() => new ClaudeTally())

  constructor(env: Environment, rules: ScreenRules = builtInRules('claude')) {
    this.#env = env
    this.#rules = rules
    this.#paths = claudePaths(env)
  }

  get rules(): RulesOrigin {
    return this.#rules
  }

  detect(options: DetectOptions = {}): Promise<Detection> {
    return detectProgram({
      name: 'claude',
      title: 'Claude Code',
      install: 'npm i -g @anthropic-ai/claude-code',
      env: this.#env,
      tested: this.#rules.tested,
      problems: () => findProblems(this.#paths, this.#env, options.project),
      ...options,
    })
  }

  checkChoices(choices: LaunchChoices): void {
    chooseForClaude(choices, this.#env)
  }

  async prepare(request: LaunchRequest): Promise<LaunchPlan> {
    const path = (await findProgram('claude', this.#env)) ?? 'claude'
    const plan = await planClaude(path, request, this.#env)
    await noteStarted(request.stateDir, [path], this.#env, plan.briefed)
    return plan
  }

  watchedOnly({ stateDir }: { readonly stateDir: string }): Promise<string | undefined> {
    return watchedProgram('Claude Code', stateDir, this.#rules.tested)
  }

  async activity(handle: AgentHandle, look: PaneLook): Promise<Activity> {
    const sight = { folder: this.#paths.folder, readScreen: (screen: string) => this.readScreen(screen) }
    const activity = await claudeActivity(sight, handle, look)
    const isWorking = activity.state === 'working'
    const transcript = isWorking ? await findTranscript(this.#paths.folder, handle) : undefined
    const lifeAt = transcript?.status === 'read' ? await changedAt(transcript.value) : undefined
    return this.#steady.look(lifeOf(handle), activity, Date.now(), lifeAt)
  }

  async conversation(query: ConversationQuery): Promise<Presence> {
    const transcript = await findTranscript(this.#paths.folder, query)
    if (transcript.status === 'unreadable') return 'unknown'
    return transcript.status === 'read' ? findBeginning(transcript.value) : 'absent'
  }

  async findToken(query: TokenQuery): Promise<Presence> {
    const hooked = await this.#hooks.find(hookLog(query.stateDir), query.token)
    if (hooked === 'present') return 'present'
    const transcript = await findTranscript(this.#paths.folder, query)
    if (transcript.status === 'unreadable') return 'unknown'
    return transcript.status === 'read' ? this.#transcripts.find(transcript.value, query.token) : 'absent'
  }

  hold(handle: AgentHandle, signal?: AbortSignal): Promise<() => Promise<void>> {
    return holdTools(handle.stateDir, { isInTurn: () => this.#isInTurn(handle), signal })
  }

  async #isInTurn(handle: AgentHandle): Promise<boolean> {
    const reading = await readSession(this.#paths.folder, handle)
    return reading.status === 'found' && inTurn.has(reading.session.status)
  }

  async #offer(handle: AgentHandle, message: { token: string; text: string }): Promise<boolean> {
    if (!(await this.#isInTurn(handle))) return false
    await offerAtTurnEnd(handle.stateDir, message)
    return true
  }

  async #isTaken(query: TokenQuery): Promise<boolean> {
    const transcript = await findTranscript(this.#paths.folder, query)
    if (transcript.status !== 'read') return false
    const tail = await readTail(transcript.value, recentBytes)
    return tail.status === 'read' && isAnswered(tail.value, query.token)
  }

  /** In older versions a number may come back with an earlier text, out of the history of prompts. */
  async pasteNumbering(handle: AgentHandle): Promise<string | undefined> {
    const version = (await readStart(handle.stateDir))?.version
    if (version === undefined || !isTested(version, { ...this.#rules.tested, from: numberedFrom }))
      return undefined
    const reading = await readSession(this.#paths.folder, handle)
    return reading.status === 'found' ? `${reading.session.pid} ${reading.session.sessionId}` : undefined
  }

  async usage(query: ConversationQuery): Promise<Usage | undefined> {
    const transcript = await findTranscript(this.#paths.folder, query)
    return transcript.status === 'read' ? await this.#usages.read(transcript.value) : undefined
  }

  readScreen(screen: string): ScreenReading {
    return readScreen(screen, this.#rules)
  }

  watch(_query: { readonly stateDir: string }, onChange: (file?: string) => void): ChangeWatch {
    return watchFolder(join(this.#paths.folder, 'sessions'), onChange)
  }

  permissions({ stateDir }: AgentHandle): Promise<readonly PermissionAsk[] | undefined> {
    return listHookAsks(stateDir)
  }

  trust(project: string): Promise<void> {
    return trustProject(this.#paths, project)
  }
}
