import { expect, test } from 'vitest'
import { parseStatus } from './parse-status.ts'

const id = 'b'.repeat(40)
const entry = (xy: string, path: string): string => `1 ${xy} N... 100644 100644 100644 ${id} ${id} ${path}`

test('staged and unstaged are counted apart, and one file may be both', () => {
  const fields = [
    `# branch.oid ${id}`,
    '# branch.head main',
    entry('M.', 'a'),
    entry('.M', 'b c'),
    entry('AM', 'd\ne'),
  ]
  expect(
    parseStatus([...fields, '? new\n? not two', `u UU N... 1 2 3 4 ${id} ${id} ${id} u v`, ''].join('\0')),
  ).toEqual({
    head: id,
    branch: 'main',
    staged: 2,
    unstaged: 2,
    untracked: 1,
    conflicted: 1,
    paths: ['a', 'b c', 'd\ne', 'new\n? not two', 'u v'],
  })
})

test('the old name of a rename is not counted, even when it looks like an entry', () => {
  const fields = [
    '# branch.oid (initial)',
    '# branch.head (detached)',
    `2 R. N... 100644 100644 100644 ${id} ${id} R100 new name`,
    '? old',
    '! ignored',
  ]
  expect(parseStatus(fields.join('\0'))).toEqual({
    staged: 1,
    unstaged: 0,
    untracked: 0,
    conflicted: 0,
    paths: ['new name'],
  })
})
