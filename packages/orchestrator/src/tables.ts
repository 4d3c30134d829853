import type { ErrorKind } from '@tmux-orchestrator/agents'

/** Rows of the orchestrator's own tables. Times are integer milliseconds UTC; JSON columns hold text. */

export type OrchestrationState =
  | 'planned'
  | 'starting'
  | 'running'
  | 'integrating'
  | 'completed'
  | 'failed'
  | 'stopped'
  | 'needs-human'

/** What is stored of an agent; what it does at the moment is its activity. */
export type AgentState =
  | 'planned'
  | 'starting'
  | 'running'
  | 'paused'
  | 'done'
  | 'failed'
  | 'stopped'
  | 'needs-human'

/** How far an agent's branch has come. */
export type BranchState = 'open' | 'reported' | 'verified' | 'queued' | 'merged' | 'conflicted'
/** How far a task has come; nobody owes a `dropped` one. */
export type TaskState = 'open' | 'taken' | 'done' | 'dropped'
/** What an agent may report of its work. */
export type ReportKind = 'progress' | 'blocked' | 'done' | 'failed'
/** What became of a message; `unknown` is looked for at the agent before it is sent again. */
export type MessageState = 'pending' | 'sending' | 'submitted' | 'refused' | 'unknown' | 'dead'
export type ConversationState = 'planned' | 'launched' | 'briefed' | 'lost'

export interface ProjectRow {
  id: string
  /** Main worktree, symlinks resolved. */
  path: string
  name: string
  created_at: number
}

export interface HostRow {
  name: string
  owner: string
  seen_at: number
}

export interface OrchestrationRow {
  id: string
  project_id: string
  spec_path: string
  spec_title: string
  state: OrchestrationState
  /** What the user wants now. */
  desired: 'run' | 'stop' | 'remove'
  base_branch: string
  base_commit: string
  branch_prefix: string
  integration_branch: string | null
  integration_commit: string | null
  program: string
  /** JSON: model, permission mode and other adapter options. */
  program_options: string
  /** JSON: what agents may do without asking, by role. */
  permission_policy: string | null
  /** JSON: what every worktree gets before its agent starts. */
  preparation: string | null
  verify_command: string | null
  verify_timeout_ms: number
  /** Commit at which the verify command last ran for the whole team, and how it ended. */
  verify_commit: string | null
  verify_exit_code: number | null
  verify_tail: string | null
  merge: 'none' | 'integration'
  brief_timeout_ms: number
  host: string
  session_name: string
  cause: string | null
  created_at: number
  started_at: number | null
  ended_at: number | null
  removed_at: number | null
}

export interface AgentRow {
  orchestration_id: string
  name: string
  role: string
  position: number
  state: AgentState
  cause: string | null
  /** 1 when this agent writes the work (as against leading or verifying). */
  implements: number
  worktree: string
  branch: string
  token_hash: string
  token: string
  conversation_id: string
  check_in_ms: number
  evidence: string
  pane_pid: number | null
  pane_pid_start: string | null
  exits: number
  briefed_at: number | null
  done_at: number | null
  /** When its worktree had everything that it needs; `null` while it has not. */
  prepared_at: number | null
  /** Why it cannot be made ready; nobody tries again by himself. */
  unprepared_cause: string | null
  /** Its own ports, the last one included. */
  port_first: number | null
  port_last: number | null
}

export interface ConversationRow {
  id: string
  orchestration_id: string
  agent: string
  kind: 'brief' | 'continuation'
  token: string
  state: ConversationState
  launches: number
  /** How the latest launch briefs it: with the command line, by a paste into its box, or not at all. */
  briefing: 'argument' | 'paste' | 'none'
  /** The process that began to paste the brief of the latest launch, and when all of it was typed. */
  pasted_by: string | null
  pasted_at: number | null
  created_at: number
  launched_at: number | null
  briefed_at: number | null
  /** How long the brief is that it was given; `null` when it was given before that was noted. */
  brief_chars: number | null
}

export interface TaskRow {
  orchestration_id: string
  id: string
  position: number
  title: string
  body: string
  files: string
  depends_on: string
  owner: string | null
  state: TaskState
  evidence: string | null
  updated_at: number
}

export interface MessageRow {
  id: string
  orchestration_id: string
  target: string
  sender: string
  body: string
  token: string
  /** `once`: the first refusal is final. `retry`: refusals are tried again until `expires_at`. */
  policy: 'once' | 'retry'
  state: MessageState
  reason: string | null
  created_at: number
  expires_at: number
  settled_at: number | null
  read_at: number | null
}

export interface ReportRow {
  id: string
  orchestration_id: string
  agent: string
  kind: ReportKind
  note: string
  commit_id: string | null
  at: number
}

export interface BranchRow {
  orchestration_id: string
  agent: string
  name: string
  state: BranchState
  /** The commit that was reported, verified, queued or merged. */
  commit_id: string | null
  merged_commit: string | null
  cause: string | null
  updated_at: number
}

export interface MergeRow {
  id: string
  orchestration_id: string
  agent: string
  from_commit: string
  into_commit: string
  result_commit: string | null
  state: 'merged' | 'conflicted' | 'red'
  files: string
  deadline_at: number | null
  at: number
}

export interface PermissionRow {
  id: string
  orchestration_id: string
  agent: string
  /** What the agent's program calls it. */
  request: string
  tool: string
  subject: string
  is_partial: number
  /** `gone`: answered in the agent's window, or its program ended. */
  state: 'waiting' | 'allowed' | 'denied' | 'gone'
  decided_by: 'policy' | 'you' | null
  rule: string | null
  /** Why what the policy decided did not reach the program, so that a person is asked. */
  note: string | null
  asked_at: number
  settled_at: number | null
}

/** Something that an agent asks its human in its window: no policy and no `tmo approve` answers it. */
export interface QuestionRow {
  orchestration_id: string
  agent: string
  /** What the agent's program calls it. */
  request: string
  question: string
  /** JSON: what it may be answered with; empty where nothing tells. */
  choices: string
  asked_at: number
  /** When it was answered in its window, or its program ended. */
  gone_at: number | null
}

/** What one conversation has used, as its program's own record told when it was last read; `null` is not told. */
export interface UsageRow {
  conversation_id: string
  orchestration_id: string
  agent: string
  input_tokens: number
  output_tokens: number
  cached_input_tokens: number | null
  cost_usd: number | null
  context_tokens: number | null
  context_used_ratio: number | null
  turns: number
  model: string | null
  read_at: number
}

/** How long an agent was seen in one activity. */
export interface ActivityTimeRow {
  orchestration_id: string
  agent: string
  activity: string
  ms: number
}

/** One limit of the model's provider that an agent ran into. */
export interface LimitRow {
  id: string
  orchestration_id: string
  agent: string
  detail: string | null
  /** When it ends; `null` when nothing tells. */
  reset_at: number | null
  /** 1 when the program goes on by itself then. */
  continues_itself: number
  /** `resumed`: told to go on. `cleared`: forgotten by a person. `over`: seen at something else again. */
  state: 'waiting' | 'resumed' | 'cleared' | 'over'
  /** When it is told to go on; `null` when it is not. */
  resume_at: number | null
  seen_at: number
  settled_at: number | null
  /** When the agent was first seen without it; until then what it shows is this limit and no new one. */
  over_at: number | null
}

/** The error that stops an agent, or stopped it last. */
export interface AgentErrorRow {
  orchestration_id: string
  agent: string
  kind: ErrorKind | 'stuck'
  detail: string | null
  /** When the turn failed, where the agent's record tells. */
  hit_at: number | null
  /** Since when this kind stands. */
  since_at: number
  /** When the last event told of it. */
  told_at: number
  /** 0 while it came back too soon after that event to be told again. */
  is_told: number
  /** When the agent was first seen without it. */
  over_at: number | null
}

export interface BreakerRow {
  entity: string
  failures: number
  window_started_at: number
  state: 'closed' | 'open'
  reason: string | null
  updated_at: number
}

/** The tables of this package, for the type parameter of `openStore`. */
export interface OrchestratorTables {
  host: HostRow
  project: ProjectRow
  orchestration: OrchestrationRow
  agent: AgentRow
  conversation: ConversationRow
  task: TaskRow
  message: MessageRow
  report: ReportRow
  branch: BranchRow
  merge: MergeRow
  breaker: BreakerRow
  permission: PermissionRow
  question: QuestionRow
  usage: UsageRow
  activity_time: ActivityTimeRow
  usage_limit: LimitRow
  agent_error: AgentErrorRow
}
