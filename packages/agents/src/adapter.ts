import type { PaneId } from '@tmux-orchestrator/tmux-driver'
import type { ScreenReading } from './screen.ts'

/** What an agent should be launched with. Nothing here is a shell word; `env` may hold secrets and is never stored. */
export interface LaunchRequest {
  readonly orchestration: string
  /** The agent's name, unique in its orchestration. */
  readonly name: string
  readonly role: string
  /** Absolute path of the agent's worktree. */
  readonly cwd: string
  /** A UUID chosen by the caller, so that the conversation is known before the program starts. */
  readonly conversationId: string
  /** `new` begins the conversation, `resume` continues it. A conversation is briefed once, by the caller's choice. */
  readonly mode: 'new' | 'resume'
  /** The text the conversation begins with. It contains the token that later proves it. */
  readonly brief?: string
  readonly model?: string
  readonly permissionMode?: string
  /** A private directory (0700) of this agent for settings files and signals. Created when absent. */
  readonly stateDir: string
  /** The directory that holds the `tmo` program; put first on PATH. */
  readonly tmoBin: string
  /** TMO_AGENT, TMO_TOKEN, TMO_HOME, PATH … */
  readonly env: Readonly<Record<string, string>>
  /** Options of this program alone; unknown names are refused (`BAD_OPTION`). */
  readonly options?: Readonly<Record<string, string>>
}

/** How to start the program: argv and the whole environment to add in the pane. */
export interface LaunchPlan {
  readonly argv: readonly string[]
  /** The request's env with the adapter's additions. */
  readonly env: Readonly<Record<string, string>>
  /** `argument`: the brief is in argv. `paste`: deliver it once the agent is idle. `none`: there was no brief. */
  readonly briefed: 'argument' | 'paste' | 'none'
}

/** `unknown`: it could not be read, which is no answer; nothing may be started, pasted or killed because of it. */
export type Presence = 'present' | 'absent' | 'unknown'

export type ActivityState =
  | 'starting'
  | 'idle'
  | 'working'
  | 'waiting-input'
  | 'blocked-permission'
  | 'limited'
  | 'error'
  | 'exited'
  | 'unknown'

export type ActivitySource = 'status-file' | 'hook' | 'transcript' | 'title' | 'screen' | 'process' | 'none'

/** One signal about what an agent does. */
export interface Signal {
  readonly source: ActivitySource
  readonly state: ActivityState
  /** When the signal was set, epoch milliseconds. */
  readonly at: number
}

/** What an agent does, which signal decided, and what the others said. */
export interface Activity extends Signal {
  /** For people: what it waits for, which error. */
  readonly detail?: string
  /** When a limit ends, epoch milliseconds; only with `limited`, and only when the program tells. */
  readonly resetAt?: number
  readonly others: readonly Signal[]
}

/** Where a launched agent is found again. */
export interface AgentHandle {
  readonly conversationId: string
  readonly cwd: string
  readonly pane: PaneId
  /** The pane's process, as tmux's `#{pane_pid}`. */
  readonly pid: number
  readonly stateDir: string
}

/** What the caller already knows of the pane; `screen` is asked only where files do not decide. */
export interface PaneLook {
  readonly dead: boolean
  readonly title?: string
  /** The visible screen with attributes (`capture-pane -e`). */
  readonly screen?: () => Promise<string>
}

export interface Problem {
  /** What is missing, for people. */
  readonly what: string
  /** What to do about it, as a command or one sentence. */
  readonly remedy: string
}

export type Detection =
  | { readonly status: 'ready'; readonly path: string; readonly version: string }
  | { readonly status: 'missing'; readonly hint: string }
  | {
      readonly status: 'not-ready'
      readonly path: string
      readonly version?: string
      readonly problems: readonly Problem[]
    }

export interface DetectOptions {
  /** Also ask whether the program may work in this repository without asking (its root, not a worktree). */
  readonly project?: string
  readonly signal?: AbortSignal
}

export interface ConversationQuery {
  readonly conversationId: string
  readonly cwd: string
  readonly stateDir: string
}

export interface TokenQuery extends ConversationQuery {
  readonly token: string
}

/** One agent program: how to start it, read it and prove what reached it. */
export interface AgentAdapter {
  /** `sim`, `claude`, or the command line itself. */
  readonly program: string
  /** `transcript`: what reached the agent can be read back. `none`: a delivery can never be proven. */
  readonly proof: 'transcript' | 'none'
  /** Shells that may be the pane's foreground program without being a stranger; empty for most programs. */
  readonly shells: readonly string[]
  /** How long its prompt box is left alone after a delivery, and after its state has changed. @defaultValue 0 */
  readonly restMs?: number
  /** Is the program here, and will it start without asking a human? Never rejects for what it finds. */
  detect(options?: DetectOptions): Promise<Detection>
  /**
   * Writes what the launch needs into `stateDir` and says how to start.
   *
   * @throws AgentsError `BAD_OPTION`, `UNSAFE_MESSAGE`
   */
  prepare(request: LaunchRequest): Promise<LaunchPlan>
  /** Reads one or two small files; starts no process. A signal that cannot be read is `unknown`. */
  activity(handle: AgentHandle, look: PaneLook): Promise<Activity>
  /** Whether the conversation exists at the agent, so that it can be resumed. */
  conversation(query: ConversationQuery): Promise<Presence>
  /** Whether text containing the token reached the agent as input. Text the agent printed does not count. */
  findToken(query: TokenQuery): Promise<Presence>
  /** What stands on a captured screen (with attributes). Pure. */
  readScreen(screen: string): ScreenReading
  /** Tells that something changed; may miss changes, so it only shortens a wait. */
  watch?(query: { readonly stateDir: string }, onChange: () => void): { close(): void }
  /** Records the user's consent that the program works in this repository. Only where the program asks for it. */
  trust?(project: string): Promise<void>
}
