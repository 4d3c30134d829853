import { expect, it } from 'vitest'
import { lastWords } from './last-words.ts'

it('are the last six lines that hold something, in one', () => {
  const lines = [
    'one',
    '',
    ' two ',
    'three',
    'four',
    'five',
    'six',
    'seven',
    '',
    'Pane is dead (status 1, …)',
    '',
  ]
  expect(lastWords(lines)).toBe('two | three | four | five | six | seven')
  expect(lastWords(['', 'Pane is dead'])).toBe('')
})

it('are cut at their beginning', () => {
  expect(lastWords(['x'.repeat(400), 'the end'])).toMatch(/^x{290} \| the end$/)
})

it.each(['sk-ant-api03-abcdefghijkl', 'ghp_0123456789abcdef', 'AKIAIOSFODNN7EXAMPLE', 'a1'.repeat(20)])(
  'leave out what looks like a secret: %s',
  (key) => {
    expect(lastWords([`KEY=${key} was refused`])).not.toContain(key)
  },
)

it('keep paths, names and commits’ beginnings', () => {
  const line = 'error in /home/worktrees/shop/developer/src/some-long-file-name.ts:12 at 0123456789ab'
  expect(lastWords([line])).toBe(line)
})
