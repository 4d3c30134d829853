import { expect, it } from 'vitest'
import { findFailure } from './command-failure.ts'

const answer = (...lines: readonly string[]) =>
  findFailure(
    [
      { lines: ['before'], failed: false },
      { lines, failed: true },
    ],
    'send-keys -t %1 x',
    '%1',
  )

it.each([
  ["can't find pane: %1", 'NO_SUCH_TARGET'],
  ['no such session: $9', 'NO_SUCH_TARGET'],
  ['session not found: a', 'NO_SUCH_TARGET'],
  ['target pane has exited', 'PANE_DEAD'],
  ['duplicate session: a', 'NAME_TAKEN'],
  ['not in a mode', 'COMMAND_FAILED'],
])('tells what tmux means by %j', (words, code) => {
  expect(answer(words)).toMatchObject({ code, details: { stderr: words, target: '%1' } })
})

it('finds none where every block went well', () => {
  expect(findFailure([{ lines: ["can't find pane"], failed: false }], 'x', undefined)).toBeUndefined()
})
