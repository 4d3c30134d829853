import { access } from 'node:fs/promises'
import { join } from 'node:path'
import type { PaneId, PaneRow, SessionId, Tmux, WindowId } from '@tmux-orchestrator/tmux-driver'
import type { Desired } from './command-map.ts'
import type { Observed, ObservedAgent, ObservedPane, Pasting, Presence } from './diff.ts'
import { probeProcess } from './process-identity.ts'
import type { Runtime } from './runtime.ts'
import { describeError, errorCode } from './runtime.ts'
import type { AgentRow, ConversationRow } from './tables.ts'

export interface PaneSight extends ObservedPane {
  readonly pane: PaneId
  readonly window: WindowId
  readonly session: SessionId
  readonly agent: string
  readonly title: string
}

/** The process that was recorded comes first. */
function inOrder(panes: readonly PaneSight[], pid: number | null): PaneSight[] {
  return panes.toSorted((a, b) => Number(b.pid === pid) - Number(a.pid === pid))
}

/** All panes of our server that carry our mark, by orchestration; `known` is false when the probe failed. */
export interface TmuxSight {
  readonly known: boolean
  readonly panes: ReadonlyMap<string, readonly PaneSight[]>
  readonly sessions: ReadonlyMap<string, SessionId>
  /** Why tmux cannot be used at all, when it is missing or too old. */
  readonly problem?: string
}

/** What was made of a list of panes: while nothing changes the driver gives the same one. */
const sights = new WeakMap<object, TmuxSight>()

const unknownSight: TmuxSight = { known: false, panes: new Map(), sessions: new Map() }
const emptySight: TmuxSight = { known: true, panes: new Map(), sessions: new Map() }

const fields = [
  'session',
  'sessionName',
  'window',
  'pane',
  'dead',
  'deadStatus',
  'deadSignal',
  'pid',
  'title',
  '@tmo_orchestration',
  '@tmo_agent',
] as const

/** One light list of every pane of our server. */
export async function lookAtTmux(runtime: Runtime): Promise<TmuxSight> {
  let tmux: Tmux | undefined
  try {
    tmux = await runtime.runningTmux()
    if (!tmux) return emptySight
    const rows = await tmux.list({ fields })
    const sight = sights.get(rows) ?? sightOf(rows)
    sights.set(rows, sight)
    return sight
  } catch (error) {
    if (errorCode(error) === 'NO_SERVER') return emptySight
    runtime.log({ level: 'warn', event: 'tmux:unknown', error: describeError(error) })
    const isUnusable = errorCode(error) === 'TMUX_NOT_FOUND' || errorCode(error) === 'TMUX_VERSION'
    return isUnusable ? { ...unknownSight, problem: describeError(error) } : unknownSight
  }
}

function sightOf(rows: readonly PaneRow<typeof fields>[]): TmuxSight {
  const panes = new Map<string, PaneSight[]>()
  const sessions = new Map<string, SessionId>()
  const seen = new Set<PaneId>()
  for (const row of rows.toSorted((a, b) => Number(isView(a.sessionName)) - Number(isView(b.sessionName)))) {
    const id = row['@tmo_orchestration']
    // A window that is linked into a person's view is listed once more.
    if (id === '' || seen.has(row.pane)) continue
    seen.add(row.pane)
    if (!isView(row.sessionName)) sessions.set(id, row.session)
    // A person's own window, or what a person split off an agent's.
    const agent = row['@tmo_agent']
    if (agent === '') continue
    const sight: PaneSight = {
      session: row.session,
      window: row.window,
      pane: row.pane,
      agent,
      pid: row.pid,
      dead: row.dead,
      title: row.title,
      ending: row.dead ? ending(row.deadStatus, row.deadSignal) : undefined,
    }
    panes.set(id, [...(panes.get(id) ?? []), sight])
  }
  return { known: true, panes, sessions }
}

/** `tmo attach` looks through a session of its own. */
function isView(sessionName: string): boolean {
  return !sessionName.startsWith('tmo-')
}

function ending(status: number | undefined, signal: number | string | undefined): string {
  if (signal !== undefined && signal !== 0 && signal !== '') return `signal ${signal}`
  return status === undefined ? 'no status' : `status ${status}`
}

/** What was looked at before `desired` was read. */
export interface Looks {
  readonly sight: TmuxSight
  /** The worktrees that were being prepared. */
  readonly preparing: ReadonlySet<string>
}

/** The observed side of the reconciler for one orchestration. */
export async function observe(
  runtime: Runtime,
  desired: Desired,
  { sight, preparing }: Looks,
): Promise<Observed> {
  const panes = sight.panes.get(desired.orchestration.id) ?? []
  const agents = await Promise.all(
    desired.agents.map(async (agent): Promise<[string, ObservedAgent]> => {
      const own = inOrder(
        panes.filter((pane) => pane.agent === agent.name),
        agent.pane_pid,
      )
      const seen = await observeAgent(runtime, desired, agent, own)
      return [agent.name, { ...seen, isPreparing: preparing.has(agent.worktree) }]
    }),
  )
  return {
    tmux: sight.known ? 'known' : 'unknown',
    ...(sight.problem === undefined ? {} : { problem: sight.problem }),
    integration: desired.orchestration.integration_commit === null ? 'absent' : 'present',
    agents: new Map(agents),
  }
}

async function observeAgent(
  runtime: Runtime,
  desired: Desired,
  agent: AgentRow,
  panes: readonly PaneSight[],
): Promise<Omit<ObservedAgent, 'isPreparing'>> {
  const worktree = await probeWorktree(agent.worktree)
  const alive = panes.some((pane) => !pane.dead)
  const conversation = desired.conversations.find((row) => row.id === agent.conversation_id)
  const adapter = runtime.adapter(desired.orchestration.program)
  const place = {
    conversationId: agent.conversation_id,
    cwd: agent.worktree,
    stateDir: runtime.folder(desired.orchestration.id, agent.name),
  }
  const isWaiting = agent.state === 'starting' && conversation !== undefined
  const brief = alive && isWaiting ? await probeBrief(runtime, desired, agent, conversation.token) : 'unknown'
  return {
    worktree,
    panes,
    lastProcess: alive ? 'present' : probeProcess(agent.pane_pid, agent.pane_pid_start),
    brief,
    pasting: alive && isWaiting ? readPasting(runtime, conversation, brief, adapter.proof) : 'none',
    conversation:
      !alive && conversation && conversation.state !== 'planned'
        ? await adapter.conversation(place)
        : 'unknown',
  }
}

/** The token at the agent, or, for a program that shows nothing, the token that came back by a verb. */
async function probeBrief(
  runtime: Runtime,
  desired: Desired,
  agent: AgentRow,
  token: string,
): Promise<Presence> {
  const adapter = runtime.adapter(desired.orchestration.program)
  const seen = await adapter.findToken({
    conversationId: agent.conversation_id,
    cwd: agent.worktree,
    stateDir: runtime.folder(desired.orchestration.id, agent.name),
    token,
  })
  if (seen === 'present' || adapter.proof !== 'none') return seen
  return desired.echoedTokens.includes(token) ? 'present' : 'unknown'
}

/** A program that shows what reached it is pasted to again by another process; one that shows nothing is not. */
function readPasting(
  runtime: Runtime,
  conversation: ConversationRow,
  brief: Presence,
  proof: string,
): Pasting {
  if (conversation.briefing !== 'paste') return 'none'
  const by = conversation.pasted_by
  if (conversation.pasted_at !== null) return 'begun'
  if (runtime.pastings.has(conversation.id) || by === runtime.owner) return 'begun'
  if (by === null) return 'due'
  if (proof === 'none') return 'lost'
  return brief === 'absent' ? 'due' : 'begun'
}

async function probeWorktree(path: string): Promise<Presence> {
  try {
    await access(join(path, '.git'))
    return 'present'
  } catch (error) {
    const code = errorCode(error)
    return code === 'ENOENT' || code === 'ENOTDIR' ? 'absent' : 'unknown'
  }
}
