import { homedir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isWorktreeError } from './errors.ts'
import { formatWorktreePath } from './worktree-path.ts'

const from = '/home/ada/shop'

test.each([
  ['../{repository}.{branch}', '/home/ada/shop.login'],
  ['.worktrees/{branch}', '/home/ada/shop/.worktrees/login'],
  ['/trees/{repository}/{branch}', '/trees/shop/login'],
  ['~/trees/{branch}', join(homedir(), 'trees/login')],
  ['~tree-{branch}', '/home/ada/shop/~tree-login'],
])('%s leads to %s', (template, path) => {
  expect(formatWorktreePath(template, { from, values: { repository: 'shop', branch: 'login' } })).toBe(path)
})

test.each([
  ['feat/login', /^feat-login-[0-9a-f]{8}$/],
  ['..', /^_-[0-9a-f]{8}$/],
  ['../../etc', /^_etc-[0-9a-f]{8}$/],
  ['-rf', /^_rf-[0-9a-f]{8}$/],
  ['a b\nc\u202e', /^a-b-c--[0-9a-f]{8}$/],
  ['Größe', /^Größe$/],
  ['feat-0123abcd', /^feat-0123abcd-[0-9a-f]{8}$/],
  ['x'.repeat(255), /^x{80}-[0-9a-f]{8}$/],
  ['🦄'.repeat(60), /^🦄{20}-[0-9a-f]{8}$/u],
])('%j becomes one folder’s name', (branch, name) => {
  const path = formatWorktreePath('/trees/{branch}', { from, values: { branch } })
  expect(path.slice('/trees/'.length)).toMatch(name)
})

test.each([
  ['{branhc}', 'nothing is known of {branhc}'],
  ['{toString}', 'nothing is known of {toString}'],
  ['{empty}', '{empty} is empty'],
  ['{branch', 'a brace stands alone'],
  [' ', 'it is empty'],
  [`${'y'.repeat(250)}{branch}`, 'too long for a folder'],
])('%j is refused, and told what is known', (template, why) => {
  const values = { branch: 'login-page', empty: '' }
  expect(() => formatWorktreePath(template, { from, values })).toThrow(
    expect.toSatisfy(
      (error: unknown) =>
        isWorktreeError(error, 'BAD_TEMPLATE') &&
        error.message.includes(why) &&
        error.hint.includes('{branch}'),
    ),
  )
})

test('any two values lead into two folders, each directly below the template’s', () => {
  const text = fc.string({ unit: 'binary', minLength: 1 })
  fc.assert(
    fc.property(text, text, (one, two) => {
      const [first, second] = [one, two].map((branch) =>
        formatWorktreePath('/trees/{branch}', { from, values: { branch } }),
      )
      for (const path of [first, second]) expect(path).toMatch(/^\/trees\/[^/]+$/)
      if (one !== two) expect(first).not.toBe(second)
    }),
    { numRuns: 300 },
  )
})
