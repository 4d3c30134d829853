import fc from 'fast-check'
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
import { perform, type World } from '../test/perform.ts'
import { diff } from './diff.ts'

const presence = fc.constantFrom('present', 'absent', 'unknown')
const pane = fc
  .record({
    pane: fc.constantFrom('%1', '%2', '%3'),
    pid: fc.constantFrom(101, 102, 103),
    dead: fc.boolean(),
  })
  .map((change) => livePane({ ...change, ending: change.dead ? 'status 1' : undefined }))

const member = fc.record({
  agent: fc.record({
    state: fc.constantFrom('planned', 'starting', 'running', 'done', 'needs-human'),
    pane_pid: fc.constantFrom(null, 101, 104),
    prepared_at: fc.constantFrom(null, now, now),
    unprepared_cause: fc.constantFrom(null, null, null, 'its set-up failed'),
  }),
  conversation: fc.record({
    state: fc.constantFrom('planned', 'launched', 'briefed'),
    launched_at: fc.constantFrom(null, now - 1000, now - 100_000),
  }),
  seen: fc.record({
    worktree: presence,
    isPreparing: fc.boolean(),
    panes: fc.uniqueArray(pane, { maxLength: 3, selector: (one) => one.pane }),
    pasting: fc.constantFrom('none', 'due', 'begun', 'lost'),
    lastProcess: presence,
    brief: presence,
    conversation: presence,
  }),
  isBroken: fc.boolean(),
})

const worlds: fc.Arbitrary<World> = fc
  .record({
    members: fc.array(member, { minLength: 1, maxLength: 3 }),
    orchestration: fc.record({
      state: fc.constantFrom('planned', 'starting', 'running', 'integrating', 'needs-human', 'stopped'),
      desired: fc.constantFrom('run', 'run', 'run', 'stop'),
      started_at: fc.constantFrom(null, now - 50_000),
    }),
    tmux: fc.constantFrom('known', 'known', 'unknown'),
    integration: presence,
  })
  .map(({ members, orchestration, tmux, integration }) => {
    const named = members.map((one, index) => ({ ...one, name: `dev${index}` }))
    return {
      desired: createDesired({
        orchestration,
        agents: named.map(({ name, agent }) => agentRow(name, agent)),
        conversations: named.map(({ name, conversation }) => conversationRow(name, conversation)),
        openBreakers: named
          .filter(({ isBroken }) => isBroken)
          .map(({ name }) => ({ agent: name, reason: 'status 1' })),
      }),
      observed: createObserved(
        Object.fromEntries(
          named.map(({ name, seen }) => {
            const isAlive = seen.panes.some((one) => !one.dead)
            return [name, observedAgent(isAlive ? { ...seen, lastProcess: 'present' } : seen)]
          }),
        ),
        { tmux, integration },
      ),
    }
  })

const check = (invariant: (world: World, actions: ReturnType<typeof diff>) => void) =>
  fc.assert(
    fc.property(worlds, (world) => invariant(world, diff(world.desired, world.observed, now))),
    { numRuns: 1000 },
  )

const intrusive = new Set([
  'launch',
  'continue',
  'close-pane',
  'paste-brief',
  'end-process',
  'record-exit',
  'record-pane',
])

/** Only a team that is to run is looked after, and it fails or halts as a whole. */
function isLookedAfter({ orchestration }: World['desired'], actions: ReturnType<typeof diff>): boolean {
  const isWhole = actions.some((action) => action.kind === 'fail-start' || action.kind === 'halt')
  return orchestration.desired === 'run' && orchestration.state !== 'stopped' && !isWhole
}

describe('diff', () => {
  it('is pure: it changes neither world and answers the same again', () => {
    check((world, actions) => {
      const before = structuredClone(world)
      expect(diff(world.desired, world.observed, now)).toEqual(actions)
      expect(world).toEqual(before)
    })
  })

  it('has nothing left to do once its actions were performed', () => {
    check((world) => {
      let current = world
      for (let pass = 0; pass < 8; pass += 1) {
        const actions = diff(current.desired, current.observed, now)
        if (actions.length === 0) return
        current = perform(current, actions)
      }
      expect(diff(current.desired, current.observed, now)).toEqual([])
    })
  })

  it('touches no program while tmux is unknown', () => {
    check((world, actions) => {
      if (world.observed.tmux === 'known') return
      expect(actions.filter((action) => intrusive.has(action.kind))).toEqual([])
    })
  })

  it('touches no program whose worktree, and launches none whose last process, is unknown', () => {
    check(({ observed }, actions) => {
      for (const action of actions) {
        if (!('agent' in action)) continue
        const seen = observed.agents.get(action.agent)
        if (intrusive.has(action.kind)) expect(seen?.worktree).not.toBe('unknown')
        if (action.kind === 'launch') expect(seen?.lastProcess).toBe('absent')
      }
    })
  })

  it('never launches a briefed conversation as a new one', () => {
    check(({ desired }, actions) => {
      for (const action of actions) {
        if (action.kind !== 'launch' || action.mode !== 'new') continue
        const conversation = desired.conversations.find((row) => row.agent === action.agent)
        expect(conversation?.state).not.toBe('briefed')
      }
    })
  })

  it('never launches beside a live pane, and never twice', () => {
    check(({ observed }, actions) => {
      const launched = actions.flatMap((action) => (action.kind === 'launch' ? [action.agent] : []))
      expect(new Set(launched).size).toBe(launched.length)
      for (const name of launched) {
        expect(observed.agents.get(name)?.panes.filter((one) => !one.dead)).toEqual([])
      }
    })
  })

  it('launches only in a worktree that is ready, or after it was made so, and makes none ready twice at once', () => {
    check(({ desired, observed }, actions) => {
      for (const agent of desired.agents) {
        const own = actions.filter((action) => 'agent' in action && action.agent === agent.name)
        const kinds = own.map(({ kind }) => kind)
        const seen = observed.agents.get(agent.name)
        const preparedAt = kinds.indexOf('prepare-worktree')
        if (seen?.isPreparing) expect(kinds).not.toContain('prepare-worktree')
        if (seen?.isPreparing || agent.unprepared_cause !== null) expect(kinds).not.toContain('launch')
        const isReady = seen?.worktree === 'present' && agent.prepared_at !== null
        if (kinds.includes('launch') && !isReady) {
          expect(preparedAt).toBeGreaterThanOrEqual(0)
          expect(preparedAt).toBeLessThan(kinds.indexOf('launch'))
        }
      }
    })
  })

  it('closes, of a running agent, every pane but the first that lives, and each once', () => {
    check(({ desired, observed }, actions) => {
      for (const agent of desired.agents.filter((row) => row.state === 'running')) {
        const isOpen =
          agent.unprepared_cause !== null || desired.openBreakers.some((open) => open.agent === agent.name)
        const seen = observed.agents.get(agent.name)
        if (isOpen || seen?.worktree === 'unknown' || observed.tmux === 'unknown') continue
        if (!isLookedAfter(desired, actions)) continue
        const panes = seen?.panes ?? []
        const first = panes.find((one) => !one.dead)
        const closed = actions.flatMap((action) =>
          action.kind === 'close-pane' && action.agent === agent.name ? [action.pane] : [],
        )
        const rest = panes.filter((one) => one !== first).map((one) => one.pane)
        expect(closed.toSorted()).toEqual(rest.toSorted())
        expect(closed).not.toContain(first?.pane)
      }
    })
  })

  it('pastes a brief only into a live pane of an agent that waits for it, and only when it is due', () => {
    check(({ desired, observed }, actions) => {
      for (const action of actions) {
        if (action.kind !== 'paste-brief') continue
        const seen = observed.agents.get(action.agent)
        expect(seen?.panes.find((one) => !one.dead)?.pane).toBe(action.pane)
        expect([seen?.pasting, seen?.brief === 'present']).toEqual(['due', false])
        expect(desired.agents.find((row) => row.name === action.agent)?.state).not.toBe('running')
      }
    })
  })

  it('gives up on a broken agent at most: the whole start before it began, the agent after', () => {
    check(({ desired, observed }, actions) => {
      for (const { agent } of desired.openBreakers) {
        const own = actions.filter((action) => 'agent' in action && action.agent === agent)
        expect(own.every((action) => action.kind === 'need-human')).toBe(true)
        if (desired.orchestration.started_at === null) expect(own).toEqual([])
        expect(observed.agents.has(agent)).toBe(true)
      }
    })
  })
})
