import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { isBranchName } from './branch-name.ts'

const names = [
  ...[
    'main',
    'tmo/x/developer-2',
    'a.b',
    'ünï/çödé',
    'a@b',
    'x{y',
    '日本',
    'a-',
    'a/-b',
    '#1',
    "it's",
    '@x',
    'a,b',
  ],
  ...[
    '',
    '-x',
    '.a',
    'a/.b',
    'a..b',
    'a.lock',
    'a.lock/b',
    'a b',
    'a~1',
    'a^',
    'a:b',
    'a?b',
    'a*b',
    'a[b',
    'a\\b',
  ],
  ...[
    'a@{b',
    '/a',
    'a/',
    'a//b',
    'a.',
    'a\nb',
    'a\tb',
    'a\u007f',
    'HEAD',
    'a/HEAD',
    'HEAD/a',
    '--',
    'a/@',
    '@/a',
  ],
]

test.each(names)('%j is a branch name exactly when git says so', (name) => {
  expect(isBranchName(name)).toBe(isTakenByGit(name))
})

test('a name with a NUL, and the shorthand of HEAD that git would take, are no branch names', () => {
  expect(isBranchName('a\0b')).toBe(false)
  expect(isBranchName('@')).toBe(false)
})

function isTakenByGit(name: string): boolean {
  try {
    execFileSync('git', ['check-ref-format', '--branch', name], { stdio: 'ignore' })
    return true
  } catch (error) {
    if (error instanceof Error && 'status' in error) return false
    throw error
  }
}
