import { expect, it } from 'vitest'
import { listOf, listOfHooks, spellOut } from './consent.ts'

it('shows all of what would run, also what a terminal would swallow', () => {
  expect(spellOut('echo ok \u001b]0; touch /pwned \u0007')).toBe(
    String.raw`"echo ok \u001b]0; touch /pwned \u0007"`,
  )
  expect(spellOut('echo ok # a comment\ntouch /pwned\r')).toBe(
    String.raw`"echo ok # a comment\ntouch /pwned\r"`,
  )
  expect(spellOut('rm \u202etxt.\u200bx\u2028y\u0085')).toBe(String.raw`"rm \u202etxt.\u200bx\u2028y\u0085"`)
  expect(spellOut('grep "naïve 中文" 🙂')).toBe('grep "naïve 中文" 🙂')
})

it('tells a line break from the two characters that stand for one', () => {
  expect(spellOut(String.raw`printf 'a\nb'`)).toBe(String.raw`printf 'a\nb'`)
  expect(spellOut(`printf 'a\\nb'\nls`)).toBe(String.raw`"printf 'a\\nb'\nls"`)
})

it('shows commands and hooks so', () => {
  const command = 'true\u001b[2K\rrm -rf x'
  const shown = String.raw`"true\u001b[2K\rrm -rf x"`
  expect(listOf({ file: 'f', hash: 'h', what: [], commands: [{ key: 'verify', command }] })).toContain(shown)
  expect(listOfHooks({ hash: 'h', commands: [{ key: 'setup', command }] }, '/p')).toContain(shown)
})
