import { expect, it } from 'vitest'
import { isAtLeast, parseVersion } from './version.ts'

it.each([
  ['tmux 3.3a', { major: 3, minor: 3, suffix: 'a', text: '3.3a' }],
  ['3.8\n', { major: 3, minor: 8, suffix: '', text: '3.8' }],
  ['tmux next-3.6', { major: 3, minor: 6, suffix: '', text: 'next-3.6' }],
  ['tmux openbsd-7.4', { major: 7, minor: 4, suffix: '', text: 'openbsd-7.4' }],
  ['3.6-rc2', { major: 3, minor: 6, suffix: '-rc2', text: '3.6-rc2' }],
  ['GNU screen', undefined],
])('reads %j', (text, version) => {
  expect(parseVersion(text)).toEqual(version)
})

it('orders versions by number, not by text', () => {
  const version = { major: 3, minor: 10, suffix: '', text: '3.10' }
  expect([isAtLeast(version, 3, 2), isAtLeast(version, 3, 11), isAtLeast(version, 2, 99)]).toEqual([
    true,
    false,
    true,
  ])
})
