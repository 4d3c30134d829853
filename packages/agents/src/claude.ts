import { join } from 'node:path'
import type {
  Activity,
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
} from './adapter.ts'
import { claudeActivity } from './claude-activity.ts'
import { findProblems, trustProject } from './claude-config.ts'
import { findBeginning } from './claude-conversation.ts'
import { hookLog, isHookInput } from './claude-hooks.ts'
import { planClaude } from './claude-launch.ts'
import { type ClaudePaths, claudePaths } from './claude-paths.ts'
import { readClaudeScreen } from './claude-screen.ts'
import { findTranscript, isTranscriptInput } from './claude-transcript.ts'
import { type Environment, findProgram } from './find-program.ts'
import { readVersion } from './program-version.ts'
import type { ScreenReading } from './screen.ts'
import { TokenSearch } from './token-search.ts'
import { watchFolder } from './watch-folder.ts'

/** Claude Code, read through its session file, our hooks and its transcript. */
export class ClaudeAdapter implements AgentAdapter {
  readonly program = 'claude'
  readonly proof = 'transcript'
  readonly shells: readonly string[] = []
  /**
   * What is pasted while a turn begins may stand in the box again once it was sent (8 of 150 times), and what is pasted as
   * the first turn ends may vanish; after this rest neither was seen.
   */
  readonly restMs = 300
  readonly #env: Environment
  readonly #paths: ClaudePaths
  readonly #hooks = new TokenSearch(isHookInput)
  readonly #transcripts = new TokenSearch(isTranscriptInput)

  constructor(env: Environment) {
    this.#env = env
    this.#paths = claudePaths(env)
  }

  async detect(options: DetectOptions = {}): Promise<Detection> {
    const path = await findProgram('claude', this.#env)
    if (path === undefined) {
      return { status: 'missing', hint: 'Claude Code is not installed: npm i -g @anthropic-ai/claude-code' }
    }
    const { signal } = options
    const text = await readVersion([path], { env: this.#env, ...(signal && { signal }) })
    const version = text?.split(' ')[0]
    const problems = [
      ...(version ? [] : [{ what: `${path} --version fails`, remedy: 'Install Claude Code again.' }]),
      ...(await findProblems(this.#paths, this.#env, options.project)),
    ]
    if (version && problems.length === 0) return { status: 'ready', path, version }
    return { status: 'not-ready', path, ...(version && { version }), problems }
  }

  async prepare(request: LaunchRequest): Promise<LaunchPlan> {
    const path = (await findProgram('claude', this.#env)) ?? 'claude'
    return planClaude(path, request, this.#env)
  }

  activity(handle: AgentHandle, look: PaneLook): Promise<Activity> {
    return claudeActivity(this.#paths.folder, handle, look)
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

  readScreen(screen: string): ScreenReading {
    return readClaudeScreen(screen)
  }

  watch(_query: { readonly stateDir: string }, onChange: () => void): { close(): void } {
    return watchFolder(join(this.#paths.folder, 'sessions'), onChange)
  }

  trust(project: string): Promise<void> {
    return trustProject(this.#paths, project)
  }
}
