import type { ActivityState, PermissionAsk, Usage } from '@tmux-orchestrator/agents'
import type { Job } from '@tmux-orchestrator/scheduler-db'
import type {
  AgentView,
  EventView,
  JobView,
  MessageView,
  OrchestrationSummary,
  OrchestrationView,
  TaskView,
} from './answers.ts'
import type { CostView } from './cost.ts'
import type { RunPlan } from './protocol.ts'
import type {
  AgentErrorRow,
  AgentRow,
  AgentState,
  BranchRow,
  BranchState,
  ConversationRow,
  LimitRow,
  MergeRow,
  MessageRow,
  OrchestrationRow,
  OrchestrationState,
  PermissionRow,
  ProjectRow,
  QuestionRow,
  ReportKind,
  TaskRow,
  TaskState,
} from './tables.ts'

export interface AgentSecret {
  readonly name: string
  readonly token: string
  readonly tokenHash: string
  readonly conversationId: string
  readonly briefToken: string
}

export interface AgentKey {
  readonly id: string
  readonly name: string
}

/** Everything the reconciler knows of one orchestration's intent. */
export interface Desired {
  readonly orchestration: OrchestrationRow
  readonly project: ProjectRow
  readonly agents: readonly AgentRow[]
  readonly conversations: readonly ConversationRow[]
  readonly branches: readonly BranchRow[]
  readonly tasks: readonly TaskRow[]
  readonly openBreakers: readonly { readonly agent: string; readonly reason: string }[]
  /** Brief tokens that came back in an agent's report: proof from programs that show none themselves. */
  readonly echoedTokens: readonly string[]
}

export interface Delivery {
  readonly outboxId: string
  readonly leaseToken: number
  readonly attempt: number
  /**
   * Whether it may have arrived, so that the agent is asked before anything is typed. `sender-lost`: in the middle.
   * `unproven`: it was sent, and nothing showed it.
   */
  readonly doubt: 'none' | 'sender-lost' | 'unproven'
  readonly message: MessageRow
}

type Entry<A, R> = { args: A; result: R }

/** Every write, by name: typed arguments in, JSON out. */
export interface CommandMap {
  'host.register': Entry<{ owner: string }, null>
  'run.create': Entry<{ plan: RunPlan; secrets: readonly AgentSecret[] }, { id: string }>
  'orchestration.desire': Entry<{ id: string; desired: 'run' | 'stop' | 'remove'; cause: string }, null>
  'orchestration.state': Entry<{ id: string; state: OrchestrationState; cause?: string | null }, null>
  /** All agents are done: the last check is queued, once. */
  'orchestration.finish': Entry<{ id: string }, null>
  'orchestration.integration': Entry<{ id: string; commit: string }, null>
  'orchestration.verified': Entry<{ id: string; commit: string; exitCode: number; tail: string }, null>
  'orchestration.removed': Entry<{ id: string }, null>
  /** Ports of its own, as soon as it has them. */
  'agent.ports': Entry<AgentKey & { first: number; last: number }, null>
  /** Its set-up hook begins. */
  'agent.settingUp': Entry<AgentKey & { file: string }, null>
  /** Its worktree has everything that it needs. */
  'agent.prepared': Entry<
    AgentKey & { copied: number; skipped: readonly string[]; setUpMs: number | null },
    null
  >
  /** Its worktree has to be made ready (once more); with a cause it cannot be, until a person brings the team back. */
  'agent.unprepared': Entry<AgentKey & { cause: string | null }, null>
  /** What was wrong with its worktree, what was done, and where what was replaced is saved. */
  'agent.repaired': Entry<
    AgentKey & { found: readonly string[]; done: readonly string[]; saved: readonly string[] },
    null
  >
  'agent.launching': Entry<
    AgentKey & { conversationId: string; briefing: ConversationRow['briefing']; briefChars?: number },
    null
  >
  /** `begun`: about to be typed by `owner`. `typed`: all of it was. `not-typed`: nothing was, after all. Only of that launch. */
  'agent.pasting': Entry<
    { conversationId: string; launch: number; owner: string; state: 'begun' | 'typed' | 'not-typed' },
    null
  >
  'agent.pane': Entry<AgentKey & { pid: number; pidStart: string | null }, null>
  'agent.briefed': Entry<AgentKey & { conversationId: string; proof: string }, { running: boolean }>
  /** `ended`: the process that is gone, if one is. `counted`: this exit speaks against the agent (its own crash), not against the machine. */
  'agent.exited': Entry<
    AgentKey & { cause: string; counted: boolean; ended: number | null },
    { breaker: 'closed' | 'open' }
  >
  'agent.continue': Entry<AgentKey & { conversationId: string; token: string; cause: string }, null>
  'agent.state': Entry<AgentKey & { state: AgentState; cause: string | null }, null>
  /** `reported`: the commit that was looked at; when the agent reported another one since, nothing is called done. */
  'agent.integrated': Entry<
    AgentKey & { reported: string; commit: string | null; mergedCommit: string | null; note: string },
    null
  >
  'branch.state': Entry<
    AgentKey & { state: BranchState; commit?: string | null; cause?: string | null },
    null
  >
  /** Queues the integration of reported branches, of one agent or of all; answers whose. */
  'branch.integrate': Entry<{ id: string; name: string | null }, { queued: readonly string[] }>
  'merge.record': Entry<
    AgentKey & {
      fromCommit: string
      intoCommit: string
      resultCommit: string | null
      state: MergeRow['state']
      files: readonly string[]
      deadlineAt: number | null
    },
    null
  >
  'message.create': Entry<
    {
      id: string
      targets: readonly string[]
      sender: string
      text: string
      policy: 'once' | 'retry'
      ttlMs: number
    },
    { messages: readonly { id: string; target: string }[] }
  >
  'message.settle': Entry<
    {
      outboxId: string
      leaseToken: number
      messageId: string
      state: MessageRow['state']
      reason: string | null
      retryAt: number | null
      /** From now on it is only looked for, as a person's is. */
      isLast?: boolean
    },
    null
  >
  /** Claims due deliveries; those a dead owner left in `sending` and those that nothing proves come back as well, to be looked for first. */
  'outbox.claim': Entry<
    { owner: string; leaseMs: number; limit: number },
    { deliveries: readonly Delivery[] }
  >
  'inbox.read': Entry<AgentKey & { limit: number }, { messages: readonly MessageView[] }>
  /** What an agent asks right now: what is new waits, what is no longer asked is gone. Answers what waits. */
  'permission.seen': Entry<
    AgentKey & { asks: readonly PermissionAsk[] },
    { waiting: readonly PermissionRow[] }
  >
  /** `settled: false` when it had been settled before. */
  'permission.settle': Entry<
    AgentKey & { request: string; state: 'allowed' | 'denied'; by: 'policy' | 'you'; rule: string | null },
    { settled: boolean; waitedMs: number }
  >
  /** The policy's answer cannot be given: the request goes on waiting, for a person. `left: false` when it does not wait. */
  'permission.leave': Entry<AgentKey & { request: string; note: string }, { left: boolean }>
  /** What a conversation has used by now, in place of what was told before. */
  'usage.record': Entry<AgentKey & { conversationId: string; usage: Usage }, null>
  /** Adds to the time that the agent was seen in each activity. */
  'activity.spent': Entry<AgentKey & { ms: Readonly<Partial<Record<ActivityState, number>>> }, null>
  /** The agent shows a limit: a new one is noted, and when it will be told to go on; answers what waits. */
  'limit.seen': Entry<
    AgentKey & {
      resetAt: number | null
      continuesItself: boolean
      detail: string | null
      /** When the agent ran into it, where its record tells. */
      hitAt?: number
    },
    { limit: LimitRow | null }
  >
  /** The agent is seen at something else than a limit. */
  'limit.over': Entry<AgentKey, null>
  /** Tells the agent to go on, once per limit. */
  /** `isUntold`: its program goes on by itself, without a message. */
  'limit.resume': Entry<AgentKey & { limit: string; isUntold?: boolean }, { resumed: boolean }>
  /** A person forgets the limit of an agent: nobody is told to go on. */
  'limit.clear': Entry<AgentKey, { limit: LimitRow | null }>
  /** The agent stands still because of it; false while it came back too soon to be told again. */
  'error.seen': Entry<
    AgentKey & {
      kind: AgentErrorRow['kind']
      detail: string | null
      /** When its turn failed, where its record tells. */
      hitAt?: number
    },
    { told: boolean }
  >
  /** The agent is seen at something else than an error. */
  'error.over': Entry<AgentKey, null>
  /** What an agent asks its human now, and what was answered since, each with its instant. */
  'question.seen': Entry<
    AgentKey & {
      asks: readonly PermissionAsk[]
      gone: readonly { readonly request: string; readonly at: number }[]
    },
    { waiting: readonly QuestionRow[] }
  >
  'task.add': Entry<
    { id: string; title: string; body: string; owner: string | null; files: readonly string[]; by: string },
    { task: TaskView }
  >
  'task.assign': Entry<{ id: string; task: string; owner: string; by: string }, { task: TaskView }>
  'task.set': Entry<
    { id: string; task: string; state: TaskState; evidence: string | null; by: string },
    { task: TaskView }
  >
  'report.add': Entry<
    AgentKey & { kind: ReportKind; note: string; commit: string | null },
    { accepted: boolean; reasons: readonly string[] }
  >
  'schedule.add': Entry<
    { id: string; target: string; when: string; note: string; tz: string | null },
    { name: string; nextAt: number }
  >
  'schedule.cancel': Entry<{ name: string }, { cancelled: boolean }>
  /** Rescues what dead owners held, fires due schedules, promotes due jobs. */
  'jobs.tick': Entry<null, { fired: number; rescued: number; nextDueAt: number | null }>
  'jobs.claim': Entry<{ owner: string; leaseMs: number; limit: number }, { jobs: readonly Job[] }>
  'jobs.extend': Entry<{ id: string; token: number; leaseMs: number }, null>
  'jobs.complete': Entry<{ id: string; token: number; result: unknown }, null>
  /** Gives a job back that was not ended, without counting the attempt. */
  'jobs.release': Entry<{ id: string; token: number }, null>
  /** The last failure of a job that matters makes its agent or its team `needs-human`. */
  'jobs.fail': Entry<{ id: string; token: number; error: string }, { state: string }>
  'event.add': Entry<{ stream: string; kind: string; subject?: string; data?: unknown }, null>
  /** Runs an agent's verb once: a key seen before answers `replayed` and changes nothing. */
  once: Entry<{ key: string; command: string; args: unknown }, { replayed: boolean; result: unknown }>
}

/** Every read, by name. */
export interface QueryMap {
  live: Entry<null, { ids: readonly string[]; owners: readonly string[] }>
  desired: Entry<{ id: string }, Desired | null>
  list: Entry<{ all: boolean }, { orchestrations: readonly OrchestrationSummary[] }>
  status: Entry<
    { id: string },
    Omit<OrchestrationView, 'agents'> & { agents: readonly Omit<AgentView, 'commits'>[] }
  >
  resolve: Entry<{ target: string }, { id: string; name: string | null }>
  identify: Entry<{ agent: string; tokenHash: string }, { id: string; name: string; role: string } | null>
  /** How much happened in the team since the agent was last written to by a check-in (or briefed). */
  lastSeen: Entry<AgentKey, { newsSince: number }>
  /** Ports that agents of this host have, but for this agent's. */
  ports: Entry<AgentKey, { taken: readonly { first: number; last: number }[] }>
  messages: Entry<{ ids: readonly string[] }, { messages: readonly MessageView[] }>
  /** The message to an agent with this token. */
  messageOf: Entry<AgentKey & { token: string }, { message: MessageView | null }>
  tasks: Entry<{ id: string }, { tasks: readonly TaskView[] }>
  schedules: Entry<
    { id: string | null },
    {
      schedules: readonly {
        name: string
        target: string
        note: string
        when: string
        nextAt: number | null
      }[]
    }
  >
  events: Entry<{ after: number; limit: number; stream?: string }, { events: readonly EventView[] }>
  jobs: Entry<{ state?: string; limit?: number }, { jobs: readonly JobView[] }>
  /** What one team has used, also one that was removed. */
  cost: Entry<{ id: string }, CostView>
  limits: Entry<{ id: string | null }, { limits: readonly LimitRow[] }>
}

export type CommandName = keyof CommandMap
