import { expect, it } from 'vitest'
import { pairsByAgent, splitTarget } from './read-sync.ts'

it('names the agents of commits that would conflict, those on the same commit each', () => {
  const known = [
    { agent: 'a', commit: '1' },
    { agent: 'b', commit: '2' },
    { agent: 'c', commit: '2' },
  ]
  const predictions = [
    { left: '1', right: '2', files: ['x'] },
    { left: '2', right: '3', files: [] },
  ]
  expect(pairsByAgent(known, predictions)).toEqual([
    { left: 'a', right: 'b', files: ['x'] },
    { left: 'a', right: 'c', files: ['x'] },
  ])
})

it('takes a target apart at its first slash', () => {
  expect(splitTarget('hello-abcd/dev/x')).toEqual({ id: 'hello-abcd', name: 'dev/x' })
  expect(splitTarget('hello-abcd')).toEqual({ id: 'hello-abcd', name: undefined })
})
