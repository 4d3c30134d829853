import type { ActivitySource, ActivityState, ErrorKind } from '@tmux-orchestrator/agents'
import type {
  AgentState,
  BranchState,
  MessageState,
  OrchestrationState,
  ReportKind,
  TaskState,
} from './tables.ts'

/** One agent as `tmo run --wait --json` and `tmo status --json` print it. Instants are ISO 8601 UTC. */
export interface AgentView {
  readonly name: string
  readonly role: string
  readonly state: AgentState
  readonly cause: string | null
  readonly branch: string
  readonly branchState: BranchState
  readonly commits: readonly string[]
  readonly worktree: string
  readonly briefedAt: string | null
  readonly doneAt: string | null
  readonly exits: number
}

/** A task, as it is answered. */
export interface TaskView {
  readonly id: string
  readonly title: string
  readonly body: string
  readonly files: readonly string[]
  readonly dependsOn: readonly string[]
  readonly owner: string | null
  readonly state: TaskState
  readonly evidence: string | null
}

/** An orchestration in a line, as a list has it. */
export interface OrchestrationSummary {
  readonly id: string
  readonly state: OrchestrationState
  readonly project: string
  readonly title: string
  /** Name of the branch that the work began at. */
  readonly base: string
  readonly baseCommit: string
  readonly cause: string | null
  readonly agents: { readonly total: number; readonly running: number; readonly done: number }
  readonly tasks: { readonly total: number; readonly done: number }
  readonly createdAt: string
  readonly startedAt: string | null
  readonly endedAt: string | null
}

/** A message with what became of it, as it is answered. */
export interface MessageView {
  readonly id: string
  readonly from: string
  readonly to: string
  readonly text: string
  readonly state: MessageState
  readonly reason: string | null
  readonly at: string
}

/** An agent's explicit word, as it is answered. */
export interface ReportView {
  readonly agent: string
  readonly kind: ReportKind
  readonly note: string
  readonly commit: string | null
  readonly at: string
}

/** What an agent asks, and waits for. */
export interface PermissionView {
  readonly agent: string
  /** Its own name, for `--request` where several wait. */
  readonly request: string
  readonly tool: string
  readonly subject: string
  /** Not all of it is known: look into the agent's window. */
  readonly isPartial: boolean
  /** Why a person is asked although a rule decides; `null`: no rule does, or its answer is on the way. */
  readonly note: string | null
  readonly since: string
}

/** What an agent asks its human in its window: only there it can be answered. */
export interface QuestionView {
  readonly agent: string
  readonly request: string
  /** In one line. */
  readonly question: string
  /** What it may be answered with; empty where nothing tells. */
  readonly choices: readonly string[]
  readonly since: string
}

/** What stops an agent until somebody helps it, or its program gets over it. */
export interface ErrorView {
  readonly agent: string
  /** `stuck`: it says that it works, without a sign of life. */
  readonly kind: ErrorKind | 'stuck'
  /** In the program's own words. */
  readonly detail: string | null
  readonly since: string
  /** Nothing else will end it, or it has stood for some minutes. */
  readonly needsYou: boolean
}

/** An orchestration in depth, as it is answered. */
export interface OrchestrationView {
  readonly id: string
  readonly state: OrchestrationState
  readonly cause: string | null
  readonly project: string
  readonly title: string
  readonly session: string
  readonly program: string
  readonly base: string
  readonly baseCommit: string
  readonly integration: { readonly branch: string; readonly commit: string } | null
  readonly agents: readonly AgentView[]
  readonly tasks: readonly TaskView[]
  readonly verify: {
    readonly command: string
    readonly commit: string
    readonly exitCode: number
    readonly tail?: string
  } | null
  readonly messages: {
    readonly submitted: number
    readonly refused: number
    readonly unknown: number
    readonly pending: number
  }
  /** Messages that wait because text stands in the prompt box of their agent, by agent. */
  readonly held: readonly {
    readonly agent: string
    readonly count: number
    readonly reason: string
    readonly since: string
  }[]
  readonly reports: readonly ReportView[]
  /** Who waits for a permission, the oldest first. */
  readonly permissions: readonly PermissionView[]
  /** Who waits for an answer to a question, the oldest first. */
  readonly questions: readonly QuestionView[]
  /** Whom an error stops now. */
  readonly errors: readonly ErrorView[]
  readonly conflicts: readonly {
    readonly agent: string
    readonly files: readonly string[]
    readonly fromCommit: string
    readonly intoCommit: string
    readonly deadline: string | null
  }[]
  readonly createdAt: string
  readonly startedAt: string | null
  readonly endedAt: string | null
}

/** What stands in an agent's prompt box. */
export interface BoxView {
  /** `ours`: a message or brief, with or without more. `text`: anything else, whose it is cannot be seen. `unseen`: no prompt box is on the screen. */
  readonly holds: 'nothing' | 'ours' | 'text' | 'unseen'
  /** Of `ours`. */
  readonly message: {
    readonly token: string
    /** Who wrote it; `null` of a brief, as is its state. */
    readonly from: string | null
    readonly state: MessageState | null
    /** Something came of it, so that the next message takes its place. Else it waits for a person, who sends or clears it. */
    readonly isTaken: boolean
  } | null
}

/** One signal about what an agent does, and its age when it was looked at. */
export interface SignalView {
  readonly state: ActivityState
  readonly detail: string | null
  /** `none`: nothing tells. */
  readonly source: ActivitySource
  /** When the signal was set; `null` where nothing was asked. */
  readonly at: string | null
  readonly ageMs: number | null
  /** Of `error`. */
  readonly error?: ErrorKind
  /** Of `limited`; `null` when nothing tells. */
  readonly resetAt?: string | null
  readonly continuesItself?: boolean
}

/** One transition with its cause, as it is answered. */
export interface EventView {
  readonly seq: number
  readonly at: string
  readonly stream: string
  readonly kind: string
  readonly subject: string | null
  readonly data: unknown
}

/** A job, as it is answered. */
export interface JobView {
  readonly id: string
  readonly queue: string
  readonly kind: string
  readonly state: string
  readonly attempt: number
  /** How many of the attempts ended with a lost worker. */
  readonly crashCount: number
  readonly dueAt: string | null
  readonly lastError: string | null
}
