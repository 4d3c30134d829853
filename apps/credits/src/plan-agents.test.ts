import type { LimitView } from '@tmux-orchestrator/orchestrator'
import { describe, expect, it } from 'vitest'
import { type PlannedAgent, planAgents } from './plan-agents.ts'

const agents = (count: number): PlannedAgent[] =>
  Array.from({ length: count }, (_, index) => ({ agent: `t/a${index}`, program: 'claude', state: 'running' }))

const limit = (agent: string, change: Partial<LimitView> = {}): LimitView => ({
  agent,
  program: 'claude',
  detail: null,
  since: '2026-11-26T10:00:00.000Z',
  resetAt: '2026-11-26T12:00:00.000Z',
  atReset: 'resumed',
  resumeAt: '2026-11-26T12:00:05.000Z',
  ...change,
})

const told = (count: number, limits: readonly LimitView[], carries: number) =>
  planAgents(agents(count), limits, carries).map(({ agent, when, at }) => [agent, when, at])

describe('who can run', () => {
  it('is everybody now, where the plan carries them and nothing holds them up', () => {
    expect(told(2, [], 2)).toEqual([
      ['t/a0', 'now', null],
      ['t/a1', 'now', null],
    ])
  })

  it('is nobody more than the plan carries', () => {
    expect(told(3, [], 2)).toEqual([
      ['t/a0', 'now', null],
      ['t/a1', 'now', null],
      ['t/a2', 'full', null],
    ])
  })

  it('are those without a limit first, then the others in the order in which their limits end', () => {
    const later = limit('t/a0', { resumeAt: '2026-11-26T13:00:00.000Z' })
    const alone = limit('t/a1', { atReset: 'continues-itself', resumeAt: null })
    const dark = limit('t/a2', { atReset: 'unknown', resetAt: null, resumeAt: null })
    expect(told(4, [later, alone, dark], 4)).toEqual([
      ['t/a3', 'now', null],
      ['t/a1', 'at', '2026-11-26T12:00:00.000Z'],
      ['t/a0', 'at', '2026-11-26T13:00:00.000Z'],
      ['t/a2', 'unknown', null],
    ])
  })

  it('leaves who finds no place waiting for another one to be done', () => {
    expect(told(2, [limit('t/a0')], 1)).toEqual([
      ['t/a1', 'now', null],
      ['t/a0', 'full', null],
    ])
  })

  it('is nobody where nobody has work', () => {
    expect(told(0, [], 5)).toEqual([])
  })
})
