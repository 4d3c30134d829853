import type { Desired } from '../src/command-map.ts'
import type { Observed, ObservedAgent, ObservedPane } from '../src/diff.ts'
import type { AgentRow, ConversationRow, OrchestrationRow, TaskRow } from '../src/tables.ts'

export const id = 'shop-abcd'
export const now = 1_800_000_000_000

export function orchestrationRow(change: Partial<OrchestrationRow> = {}): OrchestrationRow {
  return {
    id,
    project_id: 'p1',
    spec_path: '/project/spec.md',
    spec_title: 'Shop',
    state: 'running',
    desired: 'run',
    base_branch: 'main',
    base_commit: 'b'.repeat(40),
    branch_prefix: 'tmo',
    integration_branch: `tmo/${id}/integration`,
    integration_commit: 'b'.repeat(40),
    program: 'sim',
    program_options: '{}',
    permission_policy: null,
    preparation: null,
    verify_command: null,
    verify_timeout_ms: 0,
    verify_commit: null,
    verify_exit_code: null,
    verify_tail: null,
    merge: 'integration',
    brief_timeout_ms: 60_000,
    host: 'here',
    session_name: `tmo-${id}`,
    cause: null,
    created_at: now - 100_000,
    started_at: now - 90_000,
    ended_at: null,
    removed_at: null,
    ...change,
  }
}

export function agentRow(name: string, change: Partial<AgentRow> = {}): AgentRow {
  return {
    orchestration_id: id,
    name,
    role: 'developer',
    position: 0,
    state: 'running',
    cause: null,
    implements: 1,
    worktree: `/home/worktrees/${id}/${name}`,
    branch: `tmo/${id}/${name}`,
    token_hash: '-',
    token: '-',
    conversation_id: `conversation-${name}`,
    check_in_ms: 600_000,
    evidence: '[]',
    pane_pid: null,
    pane_pid_start: null,
    exits: 0,
    briefed_at: null,
    done_at: null,
    prepared_at: now - 95_000,
    unprepared_cause: null,
    port_first: null,
    port_last: null,
    ...change,
  }
}

export function conversationRow(agent: string, change: Partial<ConversationRow> = {}): ConversationRow {
  return {
    id: `conversation-${agent}`,
    orchestration_id: id,
    agent,
    kind: 'brief',
    token: `tmo-b-${agent}`,
    state: 'briefed',
    launches: 1,
    briefing: 'argument',
    pasted_by: null,
    pasted_at: null,
    created_at: now - 100_000,
    launched_at: now - 1000,
    briefed_at: null,
    brief_chars: null,
    ...change,
  }
}

export function taskRow(task: string, change: Partial<TaskRow> = {}): TaskRow {
  return {
    orchestration_id: id,
    id: task,
    position: 0,
    title: 'Write src/cart.ts',
    body: '',
    files: '[]',
    depends_on: '[]',
    owner: 'developer',
    state: 'open',
    evidence: null,
    updated_at: now,
    ...change,
  }
}

export interface DesiredChange {
  readonly orchestration?: Partial<OrchestrationRow>
  readonly agents?: readonly AgentRow[]
  readonly conversations?: readonly ConversationRow[]
  readonly tasks?: readonly TaskRow[]
  readonly openBreakers?: Desired['openBreakers']
}

export function createDesired(change: DesiredChange = {}): Desired {
  const agents = change.agents ?? [agentRow('developer')]
  return {
    orchestration: orchestrationRow(change.orchestration),
    project: { id: 'p1', path: '/project', name: 'shop', created_at: now },
    agents,
    conversations: change.conversations ?? agents.map((agent) => conversationRow(agent.name)),
    branches: [],
    tasks: change.tasks ?? [],
    openBreakers: change.openBreakers ?? [],
    echoedTokens: [],
  }
}

export function livePane(change: Partial<ObservedPane> = {}): ObservedPane {
  return { pane: '%1', window: '@1', pid: 101, dead: false, ending: undefined, ...change }
}

export function observedAgent(change: Partial<ObservedAgent> = {}): ObservedAgent {
  return {
    worktree: 'present',
    isPreparing: false,
    panes: [],
    lastProcess: 'absent',
    brief: 'unknown',
    pasting: 'none',
    conversation: 'present',
    ...change,
  }
}

/** The world with these agents; tmux answers and the integration branch stands. */
export function createObserved(
  agents: Readonly<Record<string, ObservedAgent>>,
  change: Partial<Omit<Observed, 'agents'>> = {},
): Observed {
  return { tmux: 'known', integration: 'present', agents: new Map(Object.entries(agents)), ...change }
}
