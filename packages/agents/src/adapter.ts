import type { PaneId } from '@tmux-orchestrator/tmux-driver'
import type { Activity } from './activity.ts'
import type { AnswerOutcome, PermissionAnswer, PermissionAsk } from './permission.ts'
import type { ScreenReading } from './screen.ts'
import type { RulesOrigin } from './screen-rules.ts'
import type { Withdrawal } from './turn-end.ts'
import type { ChangeWatch } from './watch-folder.ts'

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

/** What a user chooses of a launch. */
export type LaunchChoices = Pick<LaunchRequest, 'permissionMode' | 'options'>

/** How to start the program: argv and the whole environment to add in the pane. */
export interface LaunchPlan {
  /** For a pane of its own, whose process group ends with it; not for a shell that has other work. */
  readonly argv: readonly string[]
  /** The request's env with the adapter's additions. */
  readonly env: Readonly<Record<string, string>>
  /** `argument`: the brief is in argv. `paste`: deliver it once the agent is idle. `none`: there was no brief. */
  readonly briefed: 'argument' | 'paste' | 'none'
}

/** `unknown`: it could not be read, which is no answer; nothing may be started, pasted or killed because of it. */
export type Presence = 'present' | 'absent' | 'unknown'

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

/** One thing that stands in the way of a start. */
export interface Problem {
  /** What is missing, for people. */
  readonly what: string
  /** What to do about it, as a command or one sentence. */
  readonly remedy: string
  /** `trust`: the user's consent is missing, which {@link AgentAdapter.trust} records. */
  readonly consent?: 'trust'
}

/** Whether a program can be started without a question: where it is and its version, or what is missing. */
export type Detection =
  | {
      readonly status: 'ready'
      readonly path: string
      readonly version: string
      /** Why this version is started and watched, but not typed into: it was never tested. Absent for tested ones. */
      readonly watchedOnly?: string
    }
  | { readonly status: 'missing'; readonly hint: string }
  | {
      readonly status: 'not-ready'
      readonly path: string
      readonly version?: string
      readonly problems: readonly Problem[]
    }

/** For which repository a program is looked at. */
export interface DetectOptions {
  /** Also ask whether the program may work in this repository without asking (its root, not a worktree). */
  readonly project?: string
  readonly signal?: AbortSignal
}

/** Which conversation is meant, and where its program keeps it. */
export interface ConversationQuery {
  readonly conversationId: string
  readonly cwd: string
  readonly stateDir: string
}

/** The token that is looked for, and the conversation that may hold it. */
export interface TokenQuery extends ConversationQuery {
  readonly token: string
}

/** What an agent has used so far, by its own record. Absent numbers are not told by the program. */
export interface Usage {
  readonly inputTokens: number
  readonly outputTokens: number
  /** Input that was read from a cache; part of no other number. */
  readonly cachedInputTokens?: number
  readonly costUsd?: number
  /** How full the model's context is, 0 to 1. */
  readonly contextUsedRatio?: number
  /** Tokens of the last request. */
  readonly contextTokens?: number
  /** How often it was given something to do. */
  readonly turns: number
  readonly model?: string
}

/** A message that goes to a program's own server, without a key. */
export interface SendRequest {
  readonly handle: AgentHandle
  readonly message: { readonly token: string; readonly text: string }
  readonly signal?: AbortSignal
}

/**
 * `sent`: handed over, proof is still to come. `absent`: there is no server that would take it, so that it is typed. `refused`: not
 * handed over. `unknown`: nobody can tell.
 */
export type SendOutcome =
  | { readonly status: 'sent' }
  | { readonly status: 'absent' }
  | { readonly status: 'refused'; readonly detail: string }
  | { readonly status: 'unknown'; readonly detail: string }

/** The dialog of a program at a limit, which stands until somebody answers it. */
export interface LimitDialog {
  /** The line of the choice that {@link keys} take, while it is the marked one. */
  readonly choice: RegExp
  /** Words of that line: letters, digits, blanks and dashes. Keys are pressed only while they stand on the screen. */
  readonly words: string
  readonly keys: readonly string[]
  /** Whether the program then goes on with its turn by itself; else it waits for a message. */
  readonly goesOn: boolean
}

/** How a message that a program has taken and left in its box is known and taken out. */
export interface Leftover {
  /** Take a line out of the box and do nothing else. */
  readonly keys: readonly string[]
  /** Whether a turn with the message has come to something: it may have come back into the box without that, as by a human's Escape. */
  isTaken(query: TokenQuery): Promise<boolean>
}

/** Gives an agent a message at the end of the turn that it is in, without a key. */
export interface TurnEnd {
  /** Leaves it there; false where the agent is in no turn, and nothing was left. */
  offer(handle: AgentHandle, message: { readonly token: string; readonly text: string }): Promise<boolean>
  /** Takes back what was not taken. */
  withdraw(query: TokenQuery): Promise<Withdrawal>
}

/** One agent program: how to start it, read it and prove what reached it. */
export interface AgentAdapter {
  /** `sim`, `claude`, `codex`, `gemini`, `opencode`, or the command line itself. */
  readonly program: string
  /** `transcript`, `api`: where what reached the agent can be read back. `none`: a delivery can never be proven. */
  readonly proof: 'transcript' | 'api' | 'none'
  /**
   * `false` for a program that keeps what it is given while it works to itself until its turn is over: nothing is
   * typed into it then, because nobody could tell what became of it.
   */
  readonly showsQueued?: boolean
  /** Shells that may be the pane's foreground program without being a stranger; empty for most programs. */
  readonly shells: readonly string[]
  /**
   * A word that stays the same for as long as the numbers of its folded pastes (`[Pasted text #3 …]`) only rise, so that
   * none comes back for another text. Absent, or `undefined`: what stands folded in its box is never taken for what an
   * earlier delivery left there.
   */
  pasteNumbering?(handle: AgentHandle): Promise<string | undefined>
  /** Only of a program that was seen to leave a message in its box that it had taken. */
  readonly leftover?: Leftover
  /** Keeps it from beginning what could open a dialog until the function that this gives is called. */
  hold?(handle: AgentHandle, signal?: AbortSignal): Promise<() => Promise<void>>
  /** Where its hooks can hand over a message. */
  readonly turnEnd?: TurnEnd
  /** How long its prompt box is left alone after a delivery, and after its state has changed. @defaultValue 0 */
  readonly restMs?: number
  /** Which rules its screens are read by. */
  readonly rules?: RulesOrigin
  /** Is the program here, and will it start without asking a human? Never rejects for what it finds. */
  detect(options?: DetectOptions): Promise<Detection>
  /**
   * Says beforehand what `prepare` would refuse of a user's choices.
   *
   * @throws AgentsError `BAD_OPTION`
   */
  checkChoices?(choices: LaunchChoices): void
  /**
   * Writes what the launch needs into `stateDir` and says how to start.
   *
   * @throws AgentsError `BAD_OPTION`, `UNSAFE_MESSAGE`, `NO_CONVERSATION`
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
  /** Why nothing may be typed into the program that was started with this `stateDir`, or undefined. */
  watchedOnly?(place: { readonly stateDir: string }): Promise<string | undefined>
  /** Hands a message over by the program's own API, without a keystroke; `deliver` then asks `findToken`. */
  send?(request: SendRequest): Promise<SendOutcome>
  /** What it asks a human for right now, oldest first; undefined when that cannot be read. */
  permissions?(handle: AgentHandle, look: PaneLook): Promise<readonly PermissionAsk[] | undefined>
  /** Answers one of them without a key. */
  answer?(handle: AgentHandle, id: string, answer: PermissionAnswer): Promise<AnswerOutcome>
  /** Says that this process answers: a program whose hook finds nobody that does shows its dialog at once. */
  keepPermissions?(place: { readonly stateDir: string }): Promise<void>
  /** Lets hooks go that wait for a program that is gone. */
  releasePermissions?(place: { readonly stateDir: string }): Promise<void>
  /** Tells that a request came or went; may miss some, so it only shortens a wait. */
  watchPermissions?(place: { readonly stateDir: string }, onChange: () => void): ChangeWatch
  /** While its hook waits for an answer it shows no dialog: what is left to a human is let go at once. */
  readonly hooksHideDialog?: boolean
  /** Whether the dialog on a screen (with attributes) is that of this request; where absent, each that is listed is. Pure. */
  showsAsk?(screen: string, ask: PermissionAsk): boolean
  /** The keys that answer its dialog, where nothing else does, or no longer. */
  readonly answerKeys?: { readonly allow: readonly string[]; readonly deny: readonly string[] }
  /** What it asks at a limit in its own window, where it does. */
  readonly limitDialog?: LimitDialog
  /** What the conversation has used; undefined when there is no record, or it cannot be read. */
  usage?(query: ConversationQuery): Promise<Usage | undefined>
  /**
   * Tells that something changed; may miss changes, so it only shortens a wait. `file` is named after the process that
   * changed, `<pid>.json`, where that is known.
   */
  watch?(query: { readonly stateDir: string }, onChange: (file?: string) => void): ChangeWatch
  /** Records the user's consent that the program works in this repository. Only where the program asks for it. */
  trust?(project: string): Promise<void>
}
