import type { Desired } from '../src/command-map.ts'
import type { Action, Observed, ObservedAgent } from '../src/diff.ts'
import type { AgentRow, ConversationRow, OrchestrationRow } from '../src/tables.ts'
import { conversationRow, livePane, now } from './desired.ts'

export interface World {
  readonly desired: Desired
  readonly observed: Observed
}

/** The world after every action took effect as it should: what `act` does, without tmux, git or a database. */
export function perform(world: World, actions: readonly Action[]): World {
  return actions.reduce(performOne, world)
}

function performOne(world: World, action: Action): World {
  switch (action.kind) {
    case 'set-starting':
      return team(world, { state: 'starting' })
    case 'set-running':
      return team(world, { state: 'running' })
    case 'create-integration':
      return { ...world, observed: { ...world.observed, integration: 'present' } }
    case 'fail-start':
      return team(world, { state: 'failed' })
    case 'finish':
      return team(world, { state: 'integrating' })
    case 'halt':
      return team(world, { state: 'stopped' })
    case 'need-human':
      return team(row(world, action.agent, { state: 'needs-human' }), { state: 'needs-human' })
    case 'add-worktree':
      return sight(world, action.agent, () => ({ worktree: 'present' }))
    case 'prepare-worktree':
      return row(world, action.agent, { prepared_at: now })
    case 'close-pane':
      return closed(world, action.agent, action.pane)
    case 'record-exit':
      return exited(world, action.agent)
    case 'record-pane':
      return row(world, action.agent, { pane_pid: action.pid })
    case 'end-process':
      return sight(world, action.agent, () => ({ lastProcess: 'absent' }))
    case 'launch':
      return launched(world, action.agent)
    case 'paste-brief':
      return sight(world, action.agent, () => ({ pasting: 'begun', brief: 'present' }))
    case 'continue':
      return continued(world, action.agent)
    case 'record-briefed':
      return briefed(world, action.agent)
  }
}

function team(world: World, change: Partial<OrchestrationRow>): World {
  const orchestration = { ...world.desired.orchestration, ...change }
  return { ...world, desired: { ...world.desired, orchestration } }
}

function row(world: World, name: string, change: Partial<AgentRow>): World {
  const agents = world.desired.agents.map((agent) => (agent.name === name ? { ...agent, ...change } : agent))
  return { ...world, desired: { ...world.desired, agents } }
}

function talk(world: World, name: string, change: Partial<ConversationRow>): World {
  const conversations = world.desired.conversations.map((one) =>
    one.agent === name && one.state !== 'lost' ? { ...one, ...change } : one,
  )
  return { ...world, desired: { ...world.desired, conversations } }
}

function sight(world: World, name: string, change: (seen: ObservedAgent) => Partial<ObservedAgent>): World {
  const agents = new Map(world.observed.agents)
  const seen = agents.get(name)
  if (seen) agents.set(name, { ...seen, ...change(seen) })
  return { ...world, observed: { ...world.observed, agents } }
}

/** Only the process that ended is forgotten: that of a second pane is not the agent's. */
function closed(world: World, name: string, pane: string): World {
  const gone = world.observed.agents.get(name)?.panes.find((one) => one.pane === pane)
  const next = sight(world, name, (seen) => ({ panes: seen.panes.filter((one) => one.pane !== pane) }))
  const agent = next.desired.agents.find((one) => one.name === name)
  if (gone === undefined || agent?.pane_pid === gone.pid) return exited(next, name)
  return sight(next, name, (seen) => ({
    lastProcess: seen.panes.some((one) => !one.dead) ? 'present' : 'absent',
  }))
}

/** A process whose id is no longer recorded is not looked for. */
function exited(world: World, name: string): World {
  return sight(row(world, name, { pane_pid: null }), name, (seen) => ({
    lastProcess: seen.panes.some((pane) => !pane.dead) ? 'present' : 'absent',
  }))
}

function launched(world: World, name: string): World {
  const fresh = talk(row(world, name, { state: 'starting', pane_pid: 900 }), name, { launched_at: now })
  const conversations = fresh.desired.conversations.map((one) =>
    one.agent === name && one.state === 'planned' ? { ...one, state: 'launched' as const } : one,
  )
  return sight({ ...fresh, desired: { ...fresh.desired, conversations } }, name, (seen) => ({
    panes: [livePane({ pane: '%9', window: '@9', pid: 900 }), ...seen.panes],
    lastProcess: 'present',
    brief: 'present',
    conversation: 'present',
  }))
}

function continued(world: World, name: string): World {
  const next = `continuation-${name}-${world.desired.conversations.length}`
  const lost = row(talk(world, name, { state: 'lost' }), name, { state: 'starting', conversation_id: next })
  const fresh = conversationRow(name, {
    id: next,
    kind: 'continuation',
    state: 'planned',
    launches: 0,
    launched_at: null,
  })
  const conversations = [...lost.desired.conversations, fresh]
  return sight({ ...lost, desired: { ...lost.desired, conversations } }, name, () => ({
    conversation: 'unknown',
  }))
}

function briefed(world: World, name: string): World {
  const done = row(talk(world, name, { state: 'briefed' }), name, { state: 'running' })
  const { orchestration, agents } = done.desired
  const isWaiting = agents.some((agent) => agent.state === 'planned' || agent.state === 'starting')
  if (isWaiting || orchestration.state !== 'starting') return done
  return team(done, { state: 'running', started_at: orchestration.started_at ?? now })
}
