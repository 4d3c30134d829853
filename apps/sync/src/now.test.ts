import { expect, it } from 'vitest'
import { reasonToLeave, wordingOf } from './now.ts'
import type { SyncBranch } from './read-sync.ts'

const branch = (change: Partial<SyncBranch> = {}): SyncBranch => ({
  agent: 'developer',
  branch: 'tmo/x/developer',
  state: 'open',
  commit: 'a'.repeat(40),
  base: { ahead: 1, behind: 0 },
  integration: { ahead: 1, behind: 2 },
  changes: 0,
  changedSince: null,
  broken: null,
  wouldConflict: [],
  ...change,
})

it('leaves alone who is even, gone, done or without an integration branch', () => {
  expect(reasonToLeave(branch(), 'running')).toBeUndefined()
  expect(reasonToLeave(branch({ integration: { ahead: 1, behind: 0 } }), 'running')).toBe('it is not behind')
  expect(reasonToLeave(branch({ commit: null }), 'running')).toBe('its branch is gone')
  expect(reasonToLeave(branch({ integration: null }), 'running')).toContain('no integration branch')
  expect(reasonToLeave(branch(), 'done')).toBe('it is done')
})

it('tells what to run, to commit first where there are changes, and what will conflict', () => {
  expect(wordingOf(branch(), 'tmo/x/integration')).toBe(
    'Your branch is 2 commits behind tmo/x/integration. When it suits your work, run: git merge tmo/x/integration. It merges cleanly.',
  )
  const text = wordingOf(branch({ changes: 3, wouldConflict: ['a', 'b'] }), 'i')
  expect(text).toContain('Commit what you have changed first.')
  expect(text).toContain('It conflicts in a, b: keep what both sides added.')
})
