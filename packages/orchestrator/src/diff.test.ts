import { describe, expect, it } from 'vitest'
import {
  agentRow,
  conversationRow,
  createDesired,
  createObserved,
  livePane,
  now,
  observedAgent,
} from '../test/desired.ts'
import { diff, type ObservedAgent } from './diff.ts'
import type { AgentRow } from './tables.ts'

const deadPane = livePane({ dead: true, ending: 'status 1' })
const starting = [agentRow('developer', { state: 'starting' })]

function conversations(change: Parameters<typeof conversationRow>[1]) {
  return [conversationRow('developer', change)]
}

describe('the start of a team', () => {
  it('begins with the state, the integration branch and each worktree, then launches', () => {
    const desired = createDesired({
      orchestration: { state: 'planned', started_at: null },
      agents: [agentRow('developer', { state: 'planned' })],
      conversations: conversations({ state: 'planned', launched_at: null, launches: 0 }),
    })
    const world = createObserved(
      { developer: observedAgent({ worktree: 'absent', conversation: 'unknown' }) },
      { integration: 'absent' },
    )
    expect(diff(desired, world, now)).toEqual([
      { kind: 'set-starting' },
      { kind: 'create-integration' },
      { kind: 'add-worktree', agent: 'developer' },
      { kind: 'prepare-worktree', agent: 'developer' },
      { kind: 'launch', agent: 'developer', mode: 'new' },
    ])
  })

  it('waits while a worktree is made ready, and fails with what cannot be done', () => {
    const world = (agent: Partial<AgentRow>, seen: Partial<ObservedAgent>) =>
      [
        createDesired({
          orchestration: { state: 'starting', started_at: null },
          agents: [agentRow('developer', { state: 'planned', prepared_at: null, ...agent })],
          conversations: conversations({ state: 'planned', launched_at: null, launches: 0 }),
        }),
        createObserved({ developer: observedAgent({ conversation: 'unknown', ...seen }) }),
      ] as const
    const act = (...[desired, seen]: ReturnType<typeof world>) => diff(desired, seen, now)
    expect(act(...world({}, { isPreparing: true }))).toEqual([])
    expect(act(...world({ unprepared_cause: 'its set-up failed' }, {}))).toEqual([
      { kind: 'fail-start', cause: 'its set-up failed' },
    ])
  })

  it('waits for the proof of the brief until its time is up', () => {
    const desired = createDesired({
      orchestration: { state: 'starting', started_at: null, brief_timeout_ms: 5000 },
      agents: [agentRow('developer', { state: 'starting', pane_pid: 101 })],
      conversations: conversations({ state: 'launched', launched_at: now - 5000 }),
    })
    const world = createObserved({ developer: observedAgent({ panes: [livePane()] }) })
    expect(diff(desired, world, now)).toEqual([])
    expect(diff(desired, world, now + 1)).toEqual([
      { kind: 'fail-start', cause: 'developer gave no proof within 5 s that its brief arrived' },
    ])
  })

  it('closes the window instead when the team had started before', () => {
    const desired = createDesired({
      orchestration: { brief_timeout_ms: 5000 },
      agents: [agentRow('developer', { state: 'starting', pane_pid: 101 })],
      conversations: conversations({ state: 'launched', launched_at: now - 5001 }),
    })
    const world = createObserved({ developer: observedAgent({ panes: [livePane()] }) })
    expect(diff(desired, world, now)).toMatchObject([{ kind: 'close-pane', pane: '%1', counted: true }])
  })

  it('records the brief that arrived, and the pane whose process is not known', () => {
    const desired = createDesired({ agents: starting, conversations: conversations({ state: 'launched' }) })
    const world = createObserved({ developer: observedAgent({ panes: [livePane()], brief: 'present' }) })
    expect(diff(desired, world, now)).toEqual([
      { kind: 'record-pane', agent: 'developer', pid: 101 },
      { kind: 'record-briefed', agent: 'developer', proof: 'its brief arrived' },
    ])
  })

  it('fails as a whole, without other actions, when a breaker opens before the first start', () => {
    const desired = createDesired({
      orchestration: { state: 'planned', started_at: null },
      agents: [agentRow('developer', { state: 'starting' }), agentRow('dev2', { state: 'planned' })],
      openBreakers: [{ agent: 'developer', reason: 'status 1' }],
    })
    const world = createObserved({
      developer: observedAgent({ worktree: 'absent' }),
      dev2: observedAgent({ worktree: 'absent' }),
    })
    expect(diff(desired, world, now)).toEqual([
      { kind: 'fail-start', cause: 'developer failed again and again: status 1' },
    ])
  })

  it('asks for a human, for that agent alone, when a breaker opens after the start', () => {
    const desired = createDesired({
      agents: [agentRow('developer', { state: 'starting' }), agentRow('dev2')],
      openBreakers: [{ agent: 'developer', reason: 'status 1' }],
    })
    const world = createObserved({ developer: observedAgent(), dev2: observedAgent() })
    expect(diff(desired, world, now)).toEqual([
      { kind: 'need-human', agent: 'developer', cause: 'developer failed again and again: status 1' },
      { kind: 'launch', agent: 'dev2', mode: 'resume' },
    ])
  })
})

describe('a brief that is pasted', () => {
  const desired = createDesired({
    orchestration: { state: 'starting', started_at: null, brief_timeout_ms: 5000 },
    agents: [agentRow('developer', { state: 'starting', pane_pid: 101 })],
    conversations: conversations({ state: 'launched', launched_at: now - 5000, briefing: 'paste' }),
  })
  const actions = (change: Partial<ReturnType<typeof observedAgent>>, at = now) =>
    diff(desired, createObserved({ developer: observedAgent({ panes: [livePane()], ...change }) }), at)

  it('is pasted when nobody did, waited for while somebody does, and done with when it arrived', () => {
    expect(actions({ pasting: 'due' })).toEqual([{ kind: 'paste-brief', agent: 'developer', pane: '%1' }])
    expect(actions({ pasting: 'begun' })).toEqual([])
    expect(actions({ pasting: 'due', brief: 'present' })).toMatchObject([{ kind: 'record-briefed' }])
  })

  it('starts the program anew, uncounted, when its sender was lost and nothing tells how far it came', () => {
    expect(actions({ pasting: 'lost' })).toEqual([
      {
        kind: 'close-pane',
        agent: 'developer',
        pane: '%1',
        cause: 'whoever was pasting its brief was lost in the middle',
        counted: false,
      },
    ])
  })

  it.each(['due', 'begun', 'lost'] as const)('has no more than its time when it is %s', (pasting) => {
    expect(actions({ pasting }, now + 1)).toMatchObject([{ kind: 'fail-start' }])
  })
})

describe('an agent without a live pane', () => {
  const bringUp = (
    conversation: Parameters<typeof conversationRow>[1],
    seen: Parameters<typeof observedAgent>[0],
    agent: Parameters<typeof agentRow>[1] = {},
  ) =>
    diff(
      createDesired({ agents: [agentRow('developer', agent)], conversations: conversations(conversation) }),
      createObserved({ developer: observedAgent(seen) }),
      now,
    )

  it('is resumed when its program still has the conversation', () => {
    expect(bringUp({ state: 'briefed' }, { conversation: 'present' })).toEqual([
      { kind: 'launch', agent: 'developer', mode: 'resume' },
    ])
    expect(bringUp({ state: 'launched' }, { conversation: 'present' })).toMatchObject([{ mode: 'resume' }])
  })

  it('is launched as new again when a launch left no conversation behind', () => {
    expect(bringUp({ state: 'launched' }, { conversation: 'absent' })).toMatchObject([{ mode: 'new' }])
  })

  it('continues in a new conversation when the briefed one is lost or cannot be asked for', () => {
    expect(bringUp({ state: 'briefed' }, { conversation: 'absent' })).toEqual([
      { kind: 'continue', agent: 'developer', cause: 'the program no longer has the conversation' },
    ])
    expect(bringUp({ state: 'briefed' }, { conversation: 'unknown' })).toEqual([
      {
        kind: 'continue',
        agent: 'developer',
        cause: 'the program cannot tell whether it has the conversation',
      },
    ])
  })

  it('waits for the end of a process that outlives its window', () => {
    expect(bringUp({}, { lastProcess: 'present' }, { pane_pid: 101 })).toEqual([
      { kind: 'end-process', agent: 'developer' },
    ])
    expect(bringUp({}, { lastProcess: 'unknown' }, { pane_pid: 101 })).toEqual([])
  })

  it('has its exit recorded when the window is gone, and counted when the program ended in it', () => {
    expect(bringUp({}, {}, { pane_pid: 101 })).toEqual([
      { kind: 'record-exit', agent: 'developer', cause: 'its window is gone' },
      { kind: 'launch', agent: 'developer', mode: 'resume' },
    ])
    expect(bringUp({}, { panes: [deadPane] }, { pane_pid: 101 })).toEqual([
      {
        kind: 'close-pane',
        agent: 'developer',
        pane: '%1',
        cause: 'the program ended (status 1)',
        counted: true,
      },
      { kind: 'launch', agent: 'developer', mode: 'resume' },
    ])
  })
})

describe('windows beside the agent’s own', () => {
  const running = createDesired({ agents: [agentRow('developer', { pane_pid: 101 })] })
  const actions = (...panes: ReturnType<typeof livePane>[]) =>
    diff(running, createObserved({ developer: observedAgent({ panes, lastProcess: 'present' }) }), now)

  it('are closed, uncounted, when they carry the agent’s mark too', () => {
    expect(actions(livePane(), livePane({ pane: '%2', window: '@2', pid: 102 }))).toEqual([
      {
        kind: 'close-pane',
        agent: 'developer',
        pane: '%2',
        cause: 'a second pane of the same agent',
        counted: false,
      },
    ])
  })

  it('are closed, and counted, when their program ended, beside one that lives', () => {
    expect(actions(livePane(), livePane({ pane: '%2', pid: 102, dead: true, ending: 'status 1' }))).toEqual([
      {
        kind: 'close-pane',
        agent: 'developer',
        pane: '%2',
        cause: 'the program ended (status 1)',
        counted: true,
      },
    ])
  })
})

describe('the end', () => {
  const done = [agentRow('developer', { state: 'done' }), agentRow('dev2', { state: 'done' })]
  const nothing = createObserved({})

  it('comes when everybody is done, and not before', () => {
    expect(diff(createDesired({ agents: done }), nothing, now)).toEqual([{ kind: 'finish' }])
    expect(diff(createDesired({ agents: [...done, agentRow('dev3')] }), nothing, now)).toEqual([])
  })

  it.each(['stop', 'remove'] as const)('is a halt alone when the user wants %s', (wish) => {
    expect(diff(createDesired({ orchestration: { desired: wish }, agents: starting }), nothing, now)).toEqual(
      [{ kind: 'halt' }],
    )
  })

  it.each(['completed', 'failed', 'stopped'] as const)('leaves %s as it is, whatever is wanted', (state) => {
    expect(diff(createDesired({ orchestration: { state, desired: 'stop' } }), nothing, now)).toEqual([])
    expect(diff(createDesired({ orchestration: { state } }), nothing, now)).toEqual([])
  })

  it.each(['paused', 'done', 'failed', 'stopped', 'needs-human'] as const)(
    'does nothing for an agent that is %s',
    (state) => {
      const desired = createDesired({ agents: [agentRow('developer', { state }), agentRow('dev2')] })
      const world = createObserved({ developer: observedAgent({ worktree: 'absent' }) })
      expect(diff(desired, world, now)).toEqual([])
    },
  )
})
