import type { AgentCost, CostView } from '@tmux-orchestrator/orchestrator'
import { describe, expect, it } from 'vitest'
import { formatCount, renderCosts } from './render-cost.ts'

const texts = { count: 2, chars: 400, estimatedTokens: 100 }
const agent = (change: Partial<AgentCost> = {}): AgentCost => ({
  name: 'developer',
  role: 'developer',
  model: 'fable-1',
  turns: 3,
  inputTokens: 12_345,
  outputTokens: 678,
  cachedInputTokens: 4_560_000,
  costUsd: 0.0123,
  atLeast: [],
  context: { tokens: 50_000, usedRatio: 0.25 },
  injected: texts,
  received: texts,
  activityMs: { working: 65_000, idle: 2_000, 'waiting-input': 1_000, 'blocked-permission': 500 },
  readAt: null,
  ...change,
})
const team = (agents: readonly AgentCost[], total: Partial<CostView['total']> = {}): CostView => ({
  id: 'hello-abcd',
  title: 'Hello',
  state: 'running',
  project: '/p',
  program: 'claude',
  agents,
  total: { ...agent(), ...total },
})

const lines = (view: CostView): string[][] =>
  renderCosts([view])
    .split('\n')
    .map((line) => line.trim().split(/ {2,}/))

describe('the table of costs', () => {
  it('has a line for each agent, and none for the sum of one alone', () => {
    const [head, names, row, ...rest] = lines(team([agent()]))
    expect(head).toEqual(['hello-abcd (running, claude, fable-1)'])
    expect(names).toContain('INJECTED')
    expect(row).toEqual([
      'developer',
      '3',
      '12.3k',
      '4.56M',
      '678',
      '$0.0123',
      '50.0k (25 %)',
      '2 texts, ~100',
      '1 m 05 s',
      '2.0 s',
      '1.5 s',
      '-',
    ])
    expect(rest).toEqual([])
  })

  it('keeps what is not told apart from nothing, and marks what is at least so much', () => {
    const silent = { turns: null, inputTokens: null, outputTokens: null, cachedInputTokens: null }
    const none = agent({ ...silent, costUsd: null, context: null, activityMs: {}, model: null })
    const free = agent({ costUsd: 0 })
    const rows = lines(team([none, free], { costUsd: 0, atLeast: ['costUsd', 'turns'] }))
    expect(rows[2]?.slice(1, 7)).toEqual(['-', '-', '-', '-', '-', '-'])
    expect(rows[3]?.[5]).toBe('$0.00')
    expect(rows[4]?.slice(0, 2)).toEqual(['total', '3+'])
    expect(rows[4]?.[5]).toBe('$0.00+')
  })

  it('says when there is nothing to show', () => {
    expect(renderCosts([])).toBe('no orchestrations')
  })
})

it('shortens counts for a glance', () => {
  expect([0, 999, 1_000, 999_949, 999_950, 12_340_000].map(formatCount)).toEqual([
    '0',
    '999',
    '1.0k',
    '999.9k',
    '1.00M',
    '12.34M',
  ])
})
