import type {
  BoxView,
  EventView,
  JobView,
  MessageView,
  OrchestrationSummary,
  OrchestrationView,
  SignalView,
  TaskView,
} from './answers.ts'
import type { CostView } from './cost.ts'
import type { LimitView } from './limit-view.ts'
import type { PermissionPolicy } from './permission-policy.ts'
import type { PlanRunOptions } from './plan-run.ts'
import type { Preparation, UnagreedHooks } from './preparation.ts'
import type { IgnoredGrants } from './project-grants.ts'
import type { AgentState, OrchestrationState, ReportKind, TaskState } from './tables.ts'

/** Whom a request speaks for: a person (absent) or one agent with its secret. */
export interface Identity {
  /** `<orchestration>/<name>`. */
  readonly agent: string
  readonly token: string
}

/** One request to the running engine. */
export interface EngineRequest {
  readonly name: string
  readonly args: unknown
  readonly as?: Identity | undefined
}

/** What `planRun` makes and `run.start` takes: everything is chosen before anything is created. */
export interface RunPlan {
  readonly id: string
  readonly project: { readonly path: string; readonly name: string }
  readonly base: { readonly branch: string; readonly commit: string }
  readonly spec: { readonly path: string; readonly title: string; readonly text: string }
  readonly branchPrefix: string
  readonly integrationBranch: string | null
  readonly program: string
  readonly programOptions: Readonly<Record<string, string>>
  readonly verify: { readonly command: string; readonly timeoutMs: number } | null
  readonly merge: 'none' | 'integration'
  readonly briefTimeoutMs: number
  /** Absent: a human is asked for everything that the agents' programs ask. */
  readonly permissions?: PermissionPolicy
  /** What the project's own settings would allow, left out because nobody has agreed to it; with commands that are `needed` it cannot start. */
  readonly ignored?: IgnoredGrants
  /** Absent: `.worktreeinclude`, ten ports, no hooks. */
  readonly preparation?: Preparation
  /** Hooks of `preparation` that nobody has agreed to; with them it cannot start. */
  readonly unagreedHooks?: UnagreedHooks
  readonly agents: readonly PlannedAgent[]
  readonly tasks: readonly PlannedTask[]
}

/** An agent before anything of it exists: its names, and why it is there. */
export interface PlannedAgent {
  readonly name: string
  readonly role: string
  readonly implements: boolean
  readonly worktree: string
  readonly branch: string
  readonly checkInMs: number
  readonly evidence: readonly string[]
}

/** A task of the spec, with its owner. */
export interface PlannedTask {
  readonly id: string
  readonly title: string
  readonly body: string
  readonly files: readonly string[]
  readonly dependsOn: readonly string[]
  readonly owner: string | null
}

/**
 * Requests that people's commands and agents' verbs send to the engine, by name.
 * Every one of them answers plain JSON.
 */
export interface EngineRequests {
  /** `planRun` where everything that it needs is loaded already; `env` tells whose settings count, all paths are absolute. */
  'run.plan': {
    args: Pick<PlanRunOptions, 'project' | 'spec' | 'env' | 'choices'>
    result: { plan: RunPlan }
  }
  'run.start': { args: { plan: RunPlan }; result: { id: string } }
  /** Resolves when every brief is proven, or with the state that tells why not. */
  'run.started': { args: { id: string; timeoutMs: number }; result: { state: OrchestrationState } }
  'orchestration.list': {
    args: { all?: boolean }
    result: { orchestrations: readonly OrchestrationSummary[] }
  }
  /** `commits: false` leaves git alone: no agent's commits, and the integration branch where it was last recorded. */
  'orchestration.status': { args: { id: string; commits?: boolean }; result: OrchestrationView }
  'orchestration.stop': {
    args: { id: string }
    result: { id: string; state: OrchestrationState; preserved: readonly string[] }
  }
  'orchestration.resume': { args: { id: string }; result: { id: string; state: OrchestrationState } }
  /** Removes what a finished orchestration left: session, worktrees, merged branches. */
  'orchestration.remove': {
    args: { id: string; dryRun?: boolean }
    /** `failed`: tear-downs that did, and why. */
    result: {
      id: string
      removed: readonly string[]
      kept: readonly string[]
      failed: readonly string[]
    }
  }
  'message.send': {
    args: { target: string; text: string; waitMs?: number }
    result: { messages: readonly MessageView[] }
  }
  'inbox.read': { args: { limit?: number }; result: { messages: readonly MessageView[] } }
  'task.list': { args: { id?: string }; result: { tasks: readonly TaskView[] } }
  'task.add': {
    args: { id?: string; title: string; body?: string; owner?: string }
    result: { task: TaskView }
  }
  'task.assign': { args: { id?: string; task: string; owner: string }; result: { task: TaskView } }
  'task.set': {
    args: { id?: string; task: string; state: TaskState; evidence?: string }
    result: { task: TaskView }
  }
  'agent.list': {
    args: { id?: string }
    result: {
      orchestration: string
      agents: readonly {
        name: string
        role: string
        state: AgentState
        branch: string
        implements: boolean
      }[]
    }
  }
  'report.add': {
    args: { kind: ReportKind; note: string }
    result: { accepted: boolean; reasons: readonly string[] }
  }
  'schedule.add': {
    args: { when: string; target: string; note: string; tz?: string }
    result: { name: string; nextAt: string }
  }
  'schedule.list': {
    args: { target?: string }
    result: {
      schedules: readonly {
        name: string
        target: string
        note: string
        when: string
        nextAt: string | null
      }[]
    }
  }
  'schedule.cancel': { args: { name: string }; result: { cancelled: boolean } }
  'event.list': {
    args: { after?: number; limit?: number; stream?: string }
    result: { events: readonly EventView[] }
  }
  jobs: { args: { state?: string; limit?: number }; result: { jobs: readonly JobView[] } }
  /** The tmux pane of one agent, for attach and logs. */
  'agent.pane': {
    args: { target: string }
    result: {
      session: string
      window: string | null
      pane: string | null
      socket: string
      transcript: string | null
    }
  }
  /** What an agent does, by which signal, and what the other signals say. */
  'agent.explain': {
    args: { target: string }
    result: {
      agent: string
      program: string
      state: AgentState
      cause: string | null
      /** Why nothing is typed into it: its version was never tested. */
      watchedOnly: string | null
      /** By which rules its screen is read: their date, and `built-in` or the user's file. */
      screenRules: { version: string; source: string } | null
      verdict: SignalView
      others: readonly SignalView[]
      box: BoxView
      lookedAt: string
    }
  }
  /** Answers what an agent asks; `request` is needed only where several wait. */
  'permission.answer': {
    args: { target: string; decision: 'allow' | 'deny'; request?: string; reason?: string }
    result: {
      agent: string
      request: string
      tool: string
      subject: string
      decision: 'allow' | 'deny'
      /** `unknown`: it was handed over, and nothing shows that it counted. */
      outcome: 'answered' | 'unknown'
      detail: string | null
      /** From the dialog to the answer. */
      waitedMs: number
    }
  }
  /** What teams have used: the one that is named, also when it was removed, or all (`all`: the removed ones too). */
  'usage.cost': {
    args: { id?: string; all?: boolean }
    result: { orchestrations: readonly CostView[] }
  }
  /** Who is held up by a limit, the longest first. */
  'limit.list': { args: { id?: string }; result: { limits: readonly LimitView[] } }
  /** Forgets the limit of one agent, which then is not told to go on. */
  'limit.clear': { args: { target: string }; result: { limit: LimitView } }
  /** The visible screen and history of one agent's pane. */
  'agent.screen': {
    args: { target: string; lines?: number }
    result: { lines: readonly string[]; alive: boolean }
  }
  'work.diff': {
    args: { target: string; stat?: boolean }
    result: { diff: string; from: string; to: string }
  }
  /** Queues what is reported for the integration branch, of one agent (`ID/NAME`) or of all; refused ones say why. */
  'work.merge': {
    args: { target: string; dryRun?: boolean }
    result: {
      id: string
      queued: readonly string[]
      refused: readonly { agent: string; reason: string }[]
    }
  }
  /** Brings the integration branch into a branch that is named. */
  'work.accept': {
    args: { id: string; branch: string; dryRun?: boolean }
    result: {
      status: 'fast-forward' | 'merged' | 'up-to-date' | 'refused' | 'conflicted'
      branch: string
      commit: string | null
      reasons: readonly string[]
    }
  }
}

/** The requests that an engine answers. */
export type RequestName = keyof EngineRequests

/** What an agent's verb prints, ready for the terminal. */
export interface VerbResult {
  readonly stdout: string
  readonly stderr: string
  readonly exitCode: number
}

/** What an agent says in its pane, with who it is. */
export interface VerbRequest {
  /** Idempotency key: a verb that is sent again takes effect once. */
  readonly id: string
  readonly argv: readonly string[]
  readonly stdin?: string | undefined
  readonly cwd: string
  readonly as: Identity
  /** Epoch milliseconds at which the agent called. */
  readonly at: number
}
