import { expect, it } from 'vitest'
import { needsFence } from './fence.ts'

it.each([
  [['display-message', '-p', 'x'], false],
  [['display-message', '-p', '#{pane_title}'], true],
  [['display-message', '-p', '-t', '%1'], true],
  [['display-message', '-a', 'x'], true],
  [['display-message', '-p'], true],
  [['display-message', 'x'], true],
  [['set-option', '-g', '@x', '#{pane_title}'], false],
  [['has-session', '-t', 'x'], false],
  [['has-session', '-t', 'x\n%end 1 2 1'], true],
  [['display-message', '-p', 'x\n%end 1 2 1'], true],
  [['list-panes'], true],
  [['if-shell', '-F', '1', 'set-option -g @x y'], true],
  [[], true],
])('of %j says %j', (argv, expected) => {
  expect(needsFence(argv)).toBe(expected)
})
