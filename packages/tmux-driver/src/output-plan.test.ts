import { expect, it } from 'vitest'
import { parseSessionId, parseWindowId } from './ids.ts'
import { parsePlaces, planOutput } from './output-plan.ts'

const own = { session: parseSessionId('$9'), anchor: parseWindowId('@90') }
const plan = (lines: readonly string[], wanted: readonly string[]) =>
  planOutput(parsePlaces(lines), own, (pane) => wanted.includes(pane))

it('links the windows of what is wanted, and no others', () => {
  const lines = ['$0 @0 %0 0 0', '$0 @1 %1 0 0', '$0 @1 %2 0 0', '$9 @90 %90 1 0']
  expect(plan(lines, ['%2'])).toMatchObject({ link: ['@1'], unlink: [] })
  expect(plan(lines, ['%0', '%1', '%2'])).toMatchObject({ link: ['@0', '@1'] })
})

it('lets go of what nobody wants any more, but never of its own window', () => {
  const lines = ['$0 @0 %0 0 0', '$9 @0 %0 1 0', '$9 @90 %90 1 0']
  expect(plan(lines, [])).toMatchObject({ link: [], unlink: ['@0'] })
  expect(plan(lines, ['%0'])).toMatchObject({ link: [], unlink: [] })
})

it('ends a window that only drivers still hold, also when somebody wants it', () => {
  const lines = ['$8 @0 %0 1 0', '$9 @0 %0 1 0', '$9 @90 %90 1 0']
  const { unlink, panes } = plan(lines, ['%0'])
  expect(unlink).toEqual(['@0'])
  expect([...panes]).toEqual([])
})

it('leaves to other drivers what is in their sessions', () => {
  expect(plan(['$0 @0 %0 0 0', '$8 @0 %0 1 0'], [])).toMatchObject({ link: [], unlink: [] })
})

it('knows a pane that is in two sessions once', () => {
  const { panes, link } = plan(['$0 @0 %0 0 1', '$1 @0 %0 0 1'], ['%0'])
  expect([...panes.values()]).toMatchObject([{ pane: '%0', window: '@0', isDead: true }])
  expect(link).toEqual(['@0'])
})
