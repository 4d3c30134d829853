import type { Desired } from './command-map.ts'
import type { AgentRow, ConversationRow } from './tables.ts'

/** A probe that fails is `unknown`, never `absent`: unknown starts nothing and kills nothing. */
export type Presence = 'present' | 'absent' | 'unknown'

/** A pane that carries our mark. */
export interface ObservedPane {
  readonly pane: string
  readonly window: string
  readonly pid: number
  readonly dead: boolean
  /** Exit status or signal of a dead pane, in words. */
  readonly ending: string | undefined
}

/**
 * The brief that is pasted: `none`, there is nothing to paste; `due`, it is to be pasted now; `begun`, it is being pasted
 * or was typed to its end; `lost`, its sender is gone and nothing tells how far it came.
 */
export type Pasting = 'none' | 'due' | 'begun' | 'lost'

/** What is there of one agent. */
export interface ObservedAgent {
  readonly worktree: Presence
  /** Whether this process is making its worktree ready right now. */
  readonly isPreparing: boolean
  /** Those that carry our mark; a person's window or split is none of them. */
  readonly panes: readonly ObservedPane[]
  /** Whether the process that was launched last still lives, though its pane may be gone. */
  readonly lastProcess: Presence
  /** Whether the brief of the current conversation reached the program. */
  readonly brief: Presence
  readonly pasting: Pasting
  /** Whether the program itself still has the current conversation. */
  readonly conversation: Presence
}

/** What tmux, git and the programs of one orchestration show. */
export interface Observed {
  readonly tmux: 'known' | 'unknown'
  /** Why tmux cannot be used at all. */
  readonly problem?: string
  readonly integration: Presence
  readonly agents: ReadonlyMap<string, ObservedAgent>
}

/** One step that makes what is observed more like what is desired; harmless when performed again. */
export type Action =
  | { readonly kind: 'set-starting' }
  | { readonly kind: 'set-running' }
  | { readonly kind: 'create-integration' }
  | { readonly kind: 'fail-start'; readonly cause: string }
  | { readonly kind: 'need-human'; readonly agent: string; readonly cause: string }
  | { readonly kind: 'add-worktree'; readonly agent: string }
  | { readonly kind: 'prepare-worktree'; readonly agent: string }
  | {
      readonly kind: 'close-pane'
      readonly agent: string
      readonly pane: string
      readonly cause: string
      readonly counted: boolean
    }
  | { readonly kind: 'record-exit'; readonly agent: string; readonly cause: string }
  | { readonly kind: 'record-pane'; readonly agent: string; readonly pid: number }
  | { readonly kind: 'end-process'; readonly agent: string }
  | { readonly kind: 'launch'; readonly agent: string; readonly mode: 'new' | 'resume' }
  | { readonly kind: 'paste-brief'; readonly agent: string; readonly pane: string }
  | { readonly kind: 'continue'; readonly agent: string; readonly cause: string }
  | { readonly kind: 'record-briefed'; readonly agent: string; readonly proof: string }
  | { readonly kind: 'finish' }
  | { readonly kind: 'halt' }

const settled: ReadonlySet<string> = new Set(['completed', 'failed', 'stopped'])
const working: ReadonlySet<string> = new Set(['planned', 'starting', 'running'])

/**
 * What has to happen so that the observed world becomes the desired one. Pure: the same two worlds and instant
 * give the same actions, and actions that were performed give none the next time.
 */
export function diff(desired: Desired, observed: Observed, now: number): Action[] {
  const { orchestration } = desired
  if (settled.has(orchestration.state)) return []
  if (orchestration.desired !== 'run') return [{ kind: 'halt' }]
  if (observed.problem !== undefined && orchestration.started_at === null) {
    return [{ kind: 'fail-start', cause: observed.problem }]
  }
  const actions: Action[] = []
  if (orchestration.state === 'planned') actions.push({ kind: 'set-starting' })
  if (orchestration.integration_branch !== null && observed.integration === 'absent') {
    actions.push({ kind: 'create-integration' })
  }
  for (const agent of desired.agents) {
    if (!working.has(agent.state)) continue
    actions.push(...diffAgent(desired, agent, observed, now))
  }
  const fatal = actions.find((action) => action.kind === 'fail-start')
  if (fatal) return [fatal]
  const isUp = desired.agents.every((agent) => agent.state !== 'planned' && agent.state !== 'starting')
  if (orchestration.state === 'starting' && isUp) actions.push({ kind: 'set-running' })
  if (orchestration.state === 'running' && desired.agents.every((agent) => agent.state === 'done')) {
    actions.push({ kind: 'finish' })
  }
  return actions
}

function diffAgent(desired: Desired, agent: AgentRow, observed: Observed, now: number): Action[] {
  const seen = observed.agents.get(agent.name)
  if (!seen) return []
  const breaker = desired.openBreakers.find((open) => open.agent === agent.name)
  if (breaker) return giveUp(desired, agent.name, `${agent.name} failed again and again: ${breaker.reason}`)
  if (agent.unprepared_cause !== null) return giveUp(desired, agent.name, agent.unprepared_cause)
  const actions: Action[] = []
  if (seen.worktree === 'unknown') return []
  const isPrepared = seen.worktree === 'present' && agent.prepared_at !== null
  if (seen.worktree === 'absent') actions.push({ kind: 'add-worktree', agent: agent.name })
  if (!isPrepared && !seen.isPreparing) actions.push({ kind: 'prepare-worktree', agent: agent.name })
  if (observed.tmux === 'unknown') return actions
  const alive = seen.panes.filter((pane) => !pane.dead)
  const [pane, ...others] = alive
  const close = (target: ObservedPane, cause: string, counted: boolean): void => {
    actions.push({ kind: 'close-pane', agent: agent.name, pane: target.pane, cause, counted })
  }
  for (const dead of seen.panes.filter((candidate) => candidate.dead)) {
    close(dead, `the program ended (${dead.ending ?? 'no status'})`, true)
  }
  for (const extra of others) close(extra, 'a second pane of the same agent', false)
  const conversation = desired.conversations.find((row) => row.id === agent.conversation_id)
  if (!conversation) return actions
  if (pane) return [...actions, ...followLive(desired, agent, conversation, seen, pane, now)]
  return seen.isPreparing ? actions : [...actions, ...bringUp(agent, conversation, seen)]
}

function followLive(
  desired: Desired,
  agent: AgentRow,
  conversation: ConversationRow,
  seen: ObservedAgent,
  pane: ObservedPane,
  now: number,
): Action[] {
  const actions: Action[] = []
  if (agent.pane_pid !== pane.pid) actions.push({ kind: 'record-pane', agent: agent.name, pid: pane.pid })
  if (agent.state === 'running') return actions
  if (seen.brief === 'present') {
    const proof = conversation.state === 'briefed' ? 'its conversation is back' : 'its brief arrived'
    return [...actions, { kind: 'record-briefed', agent: agent.name, proof }]
  }
  const close = (cause: string, counted: boolean): Action => ({
    kind: 'close-pane',
    agent: agent.name,
    pane: pane.pane,
    cause,
    counted,
  })
  const waitedMs = conversation.launched_at === null ? 0 : now - conversation.launched_at
  if (waitedMs <= desired.orchestration.brief_timeout_ms) {
    if (seen.pasting === 'due') actions.push({ kind: 'paste-brief', agent: agent.name, pane: pane.pane })
    if (seen.pasting === 'lost')
      actions.push(close('whoever was pasting its brief was lost in the middle', false))
    return actions
  }
  const cause = `${agent.name} gave no proof within ${Math.round(desired.orchestration.brief_timeout_ms / 1000)} s that its brief arrived`
  if (desired.orchestration.started_at === null) return [{ kind: 'fail-start', cause }]
  return [...actions, close(cause, true)]
}

/** No live pane: the way back depends on what the program itself still knows. */
function bringUp(agent: AgentRow, conversation: ConversationRow, seen: ObservedAgent): Action[] {
  const name = agent.name
  if (seen.lastProcess === 'unknown') return []
  if (seen.lastProcess === 'present') return [{ kind: 'end-process', agent: name }]
  const actions: Action[] = []
  const wasSeen = agent.pane_pid !== null && seen.panes.length === 0
  if (wasSeen) actions.push({ kind: 'record-exit', agent: name, cause: 'its window is gone' })
  if (conversation.state === 'planned') return [...actions, { kind: 'launch', agent: name, mode: 'new' }]
  if (seen.conversation === 'present') return [...actions, { kind: 'launch', agent: name, mode: 'resume' }]
  if (seen.conversation === 'absent' && conversation.state === 'launched') {
    return [...actions, { kind: 'launch', agent: name, mode: 'new' }]
  }
  const cause =
    seen.conversation === 'absent'
      ? 'the program no longer has the conversation'
      : 'the program cannot tell whether it has the conversation'
  return [...actions, { kind: 'continue', agent: name, cause }]
}

function giveUp(desired: Desired, agent: string, cause: string): Action[] {
  if (desired.orchestration.started_at === null) return [{ kind: 'fail-start', cause }]
  return [{ kind: 'need-human', agent, cause }]
}
