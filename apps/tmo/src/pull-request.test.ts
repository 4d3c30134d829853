import { expect, it } from 'vitest'
import { bodyOf, compareAddress, parseForge } from './pull-request.ts'

it.each([
  ['https://github.com/owner/shop.git', { host: 'github.com', path: 'owner/shop' }],
  ['https://token@github.com/owner/shop/', { host: 'github.com', path: 'owner/shop' }],
  ['git@github.example.org:owner/shop.git', { host: 'github.example.org', path: 'owner/shop' }],
  ['ssh://git@gitlab.com:2222/group/sub/shop.git', { host: 'gitlab.com', path: 'group/sub/shop' }],
  ['/srv/shop.git', undefined],
  ['../shop.git', undefined],
  ['file:///srv/shop.git', undefined],
  ['host:shop', undefined],
])('reads %s', (address, forge) => {
  expect(parseForge(address)).toEqual(forge)
})

it('names the page where a request is opened by hand, on hosts that it knows', () => {
  const page = (host: string) => compareAddress({ host, path: 'o/r' }, 'main', 'tmo/a b/c')
  expect(page('github.com')).toBe('https://github.com/o/r/compare/main...tmo/a%20b/c?expand=1')
  expect(page('gitlab.example.org')).toContain('source_branch%5D=tmo%2Fa+b%2Fc')
  expect(page('example.org')).toBeUndefined()
  expect(page('notgithub.com')).toBeUndefined()
  expect(compareAddress(undefined, 'main', 'x')).toBeUndefined()
})

it('says what was done and what checked it', () => {
  const task = { id: 't', body: '', files: [], dependsOn: [], owner: null, evidence: null }
  const tasks = [
    { ...task, title: 'One', state: 'done' as const },
    { ...task, title: 'Two', state: 'open' as const },
  ]
  expect(bodyOf({ id: 'shop-abcd', tasks, verify: { command: 'make', commit: 'abc', exitCode: 0 } })).toBe(
    '- [x] One\n- [ ] Two\n\n`make` left with 0 at abc.\n\nOrchestration shop-abcd.\n',
  )
  expect(bodyOf({ id: 'x', tasks: [], verify: null })).toMatch(/^No command verified/)
})
