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
  Usage,
} from './adapter.ts'
import { detectProgram } from './detect-program.ts'
import { type Environment, findProgram } from './find-program.ts'
import { isObject } from './json.ts'
import { builtInRules } from './load-screen-rules.ts'
import { askOpencode } from './opencode-api.ts'
import { opencodeProblems } from './opencode-config.ts'
import { chooseForOpencode, type OpencodeNote, planOpencode, readNote, writeNote } from './opencode-launch.ts'
import { endOf, isFromUser, type OpencodeMessage, opencodeUsage, parseMessages } from './opencode-messages.ts'
import { answerOpencode, listOpencodeAsks } from './opencode-permissions.ts'
import { opencodeStatus } from './opencode-status.ts'
import type { AnswerOutcome, PermissionAnswer, PermissionAsk } from './permission.ts'
import { readScreen } from './read-screen.ts'
import type { ScreenReading } from './screen.ts'
import type { RulesOrigin, ScreenRules } from './screen-rules.ts'
import { startingSignal } from './session-signal.ts'
import { noteStarted, watchedProgram } from './started-version.ts'
import { lifeOf, Steady } from './steady.ts'

const newestMessages = 100

/** opencode, read and spoken to through the HTTP server in its own process. Its prompt box is left to people. */
export class OpencodeAdapter implements AgentAdapter {
  readonly program = 'opencode'
  readonly proof = 'api'
  readonly shells: readonly string[] = []
  readonly #env: Environment
  readonly #rules: ScreenRules
  readonly #steady = new Steady()

  constructor(env: Environment, rules: ScreenRules = builtInRules('opencode')) {
    this.#env = env
    this.#rules = rules
  }

  get rules(): RulesOrigin {
    return this.#rules
  }

  detect(options: DetectOptions = {}): Promise<Detection> {
    return detectProgram({
      name: 'opencode',
      title: 'opencode',
      install: 'npm i -g opencode-ai',
      env: this.#env,
      tested: this.#rules.tested,
      problems: () => opencodeProblems(this.#env),
      ...options,
    })
  }

  checkChoices(choices: LaunchChoices): void {
    chooseForOpencode(choices)
  }

  async prepare(request: LaunchRequest): Promise<LaunchPlan> {
    const path = (await findProgram('opencode', this.#env)) ?? 'opencode'
    const plan = await planOpencode(path, request, this.#env)
    await noteStarted(request.stateDir, [path], this.#env)
    return plan
  }

  async activity(handle: AgentHandle, look: PaneLook): Promise<Activity> {
    const now = Date.now()
    if (look.dead || !isProcessAlive(handle.pid))
      return judge([{ state: 'exited', source: 'process', at: now }])
    const note = await readNote(handle.stateDir, handle.conversationId)
    if (!note) return judge([{ state: 'unknown', source: 'api', at: now, detail: 'its port is not known' }])
    const status = await opencodeStatus(note, now)
    const starting = (): Promise<Signal> => startingSignal(look, (screen) => this.readScreen(screen), now)
    if (status === 'absent') return judge([await starting()])
    const isFirst = status.state === 'idle' && note.sessionId === undefined
    if (isFirst && !(await this.#isDrawn(look))) return judge([await starting(), status])
    const activity = judge([status.state === 'idle' ? await this.#end(note, status) : status])
    return this.#steady.look(lifeOf(handle), activity, now)
  }

  /** Its server answers seconds before its screen follows what the server is told, such as the session to show. */
  async #isDrawn({ screen }: PaneLook): Promise<boolean> {
    return screen === undefined || this.readScreen(await screen()).kind === 'prompt'
  }

  /** How the last turn ended, once nothing runs. */
  async #end(note: OpencodeNote, idle: Signal): Promise<Signal> {
    const messages = await listMessages(note, 1)
    const end = messages && endOf(messages)
    return end ? { ...end, source: 'api' } : idle
  }

  async conversation(query: ConversationQuery): Promise<Presence> {
    const note = await readNote(query.stateDir, query.conversationId)
    return note?.sessionId === undefined ? 'absent' : 'present'
  }

  async findToken(query: TokenQuery): Promise<Presence> {
    const note = await readNote(query.stateDir, query.conversationId)
    if (note?.sessionId === undefined) return 'absent'
    for (const limit of [newestMessages, undefined]) {
      const messages = await listMessages(note, limit)
      if (!messages) return 'unknown'
      if (messages.some((message) => isFromUser(message) && message.text.includes(query.token)))
        return 'present'
      if (messages.length < newestMessages) return 'absent'
    }
    return 'absent'
  }

  async send({ handle, message, signal }: SendRequest): Promise<SendOutcome> {
    const note = await readNote(handle.stateDir, handle.conversationId)
    if (!note) return { status: 'refused', detail: 'its port is not known' }
    const sessionId = note.sessionId ?? (await this.#openSession(note, handle.stateDir))
    if (sessionId === undefined) return { status: 'refused', detail: 'it gives no session' }
    const body = { parts: [{ type: 'text', text: message.text }] }
    const answer = await askOpencode(note, 'POST', `/session/${sessionId}/prompt_async`, body, signal)
    if (answer.status === 'answered') return { status: 'sent' }
    if (answer.status === 'absent') return { status: 'refused', detail: 'its server does not answer' }
    if (answer.status === 'refused') return { status: 'refused', detail: `its server said ${answer.code}` }
    return { status: 'unknown', detail: `while handing over: ${answer.detail}` }
  }

  /** Noted before anything is said in it, so that what was said is found again. */
  async #openSession(note: OpencodeNote, stateDir: string): Promise<string | undefined> {
    const made = await askOpencode(note, 'POST', '/session', { title: `tmo ${note.conversationId}` })
    const id = made.status === 'answered' && isObject(made.value) ? made.value['id'] : undefined
    if (typeof id !== 'string' || !/^\w+$/.test(id)) return undefined
    await writeNote(stateDir, { ...note, sessionId: id })
    await askOpencode(note, 'POST', '/tui/select-session', { sessionID: id })
    return id
  }

  async permissions(handle: AgentHandle): Promise<readonly PermissionAsk[] | undefined> {
    const note = await readNote(handle.stateDir, handle.conversationId)
    return note && (await listOpencodeAsks(note, Date.now()))
  }

  async answer(handle: AgentHandle, id: string, answer: PermissionAnswer): Promise<AnswerOutcome> {
    const note = await readNote(handle.stateDir, handle.conversationId)
    if (!note) return { status: 'refused', detail: 'its port is not known' }
    return await answerOpencode(note, id, answer)
  }

  readScreen(screen: string): ScreenReading {
    return readScreen(screen, this.#rules)
  }

  watchedOnly({ stateDir }: { readonly stateDir: string }): Promise<string | undefined> {
    return watchedProgram('opencode', stateDir, this.#rules.tested)
  }

  async usage(query: ConversationQuery): Promise<Usage | undefined> {
    const note = await readNote(query.stateDir, query.conversationId)
    if (note?.sessionId === undefined) return undefined
    const session = await askOpencode(note, 'GET', `/session/${note.sessionId}`)
    const messages = await listMessages(note, undefined)
    return session.status === 'answered' && messages ? opencodeUsage(session.value, messages) : undefined
  }
}

/** The newest messages of the conversation, oldest first; undefined when they cannot be read. */
async function listMessages(
  note: OpencodeNote,
  limit: number | undefined,
): Promise<readonly OpencodeMessage[] | undefined> {
  if (note.sessionId === undefined) return []
  const query = limit === undefined ? '' : `?limit=${limit}`
  const answer = await askOpencode(note, 'GET', `/session/${note.sessionId}/message${query}`)
  return answer.status === 'answered' ? parseMessages(answer.value) : undefined
}
