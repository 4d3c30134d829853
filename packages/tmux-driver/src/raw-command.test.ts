import { expect, it } from 'vitest'
import { messageTarget } from './raw-command.ts'

it.each([
  [['display-message', '-p', '-t', '%1', 'text'], '%1'],
  [['display-message', '-pt', '%1', 'text'], '%1'],
  [['display', '-p', '-t%1', 'text'], '%1'],
  [['display-message', '-d', '10', '-c', '-t', '-t', '%1'], '%1'],
  [['display-message', '-p', '-F', '-t'], undefined],
  [['display-message', '-p', 'text', '-t', '%1'], undefined],
  [['display-message', '-p', '--', '-t', '%1'], undefined],
  [['display-message', '-p', '-t'], undefined],
  [['display-message'], undefined],
  [['send-keys', '-t', '%1'], undefined],
])('the target in %j is %j', (argv, target) => {
  expect(messageTarget(argv)).toBe(target)
})
