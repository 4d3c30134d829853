import { expect, it } from 'vitest'
import { listOf, listOfHooks, spellOut } from './consent.ts'

it('shows all of what would run, also what a terminal would swallow', () => {
  expect(spellOut('echo ok \u001b]0; touch /pwned \u0007')).toBe('echo ok \\u001b]0; touch /pwned \\u0007')
  expect(spellOut('echo ok # a comment\ntouch /pwned\r')).toBe('echo ok # a comment\\ntouch /pwned\\r')
  expect(spellOut('rm \u202etxt.\u200bx\u2028y')).toBe('rm \\u202etxt.\\u200bx\\u2028y')
  expect(spellOut('grep "naïve 中文" 🙂')).toBe('grep "naïve 中文" 🙂')
})

it('shows commands and hooks so', () => {
  const command = 'true\u001b[2K\rrm -rf x'
  const shown = 'true\\u001b[2K\\rrm -rf x'
  expect(listOf({ file: 'f', hash: 'h', what: [], commands: [{ key: 'verify', command }] })).toContain(
    `  verify: ${shown}`,
  )
  expect(listOfHooks({ hash: 'h', commands: [{ key: 'setup', command }] }, '/p')).toContain(
    `  setup: ${shown}`,
  )
})
