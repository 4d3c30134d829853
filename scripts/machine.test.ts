import { describe, expect, it } from 'vitest'
import { installHint, makeEnvironment } from './bootstrap.mjs'
import { findNodeHeaders, isAtLeast, parseVersion } from './machine.mjs'
import { isNodeRecent } from './require-node.mjs'
import { formatSummary } from './steps.mjs'

it.each([
  ['tmux 3.3a', [3, 3]],
  ['tmux next-3.6', [3, 6]],
  ['tmux master', undefined],
  ['git version 2.39.5 (Apple Git-154)', [2, 39]],
])('the version in %j is %j', (text, version) => {
  expect(parseVersion(text)).toEqual(version)
})

it('versions compare by number, not by text', () => {
  expect(isAtLeast([3, 10], [3, 2])).toBe(true)
  expect(isAtLeast([3, 1], [3, 2])).toBe(false)
  expect(isAtLeast([2, 9], [3, 2])).toBe(false)
  expect(isAtLeast([4, 0], [3, 2])).toBe(true)
})

it('an old Node is refused in one line and a recent one is not', () => {
  const before = process.exitCode
  expect(isNodeRecent('18.20.4')).toBe(false)
  expect(isNodeRecent('20.18.9')).toBe(false)
  process.exitCode = before
  expect(isNodeRecent('20.19.0')).toBe(true)
  expect(isNodeRecent('24.0.0')).toBe(true)
})

describe('the environment of the set-up', () => {
  it('hands the headers beside this Node to node-gyp, unless somebody else did', () => {
    expect(makeEnvironment({})['npm_config_nodedir']).toBe(findNodeHeaders())
    expect(makeEnvironment({ npm_config_nodedir: '/mine' })['npm_config_nodedir']).toBe('/mine')
  })

  it('tells turbo which Node builds, and forgets the package of an outer npx', () => {
    const env = makeEnvironment({
      npm_config_package: 'node@24',
      npm_config_loglevel: 'silent',
      PATH: '/usr/bin',
    })
    expect(env).toMatchObject({
      TMO_NODE_VERSION: process.version,
      TURBO_TELEMETRY_DISABLED: '1',
      DO_NOT_TRACK: '1',
    })
    expect('npm_config_package' in env).toBe(false)
    expect('npm_config_loglevel' in env).toBe(false)
    expect(env['PATH']).toMatch(/node_modules\/\.bin:\/usr\/bin$/)
  })
})

it.each([
  ['ERR_PNPM_OUTDATED_LOCKFILE  Cannot install', 'commit pnpm-lock.yaml'],
  ['gyp ERR! not ok', 'python3, make and g++'],
  ['ENOSPC: no space left on device', 'disk is full'],
  ['getaddrinfo EAI_AGAIN registry.npmjs.org', 'registry'],
  ['whatever', 'see the log'],
])('a failed install that says %j gets a next step', (output, hint) => {
  expect(installHint(output)).toContain(hint)
})

it('the last line of the summary sums tests, and every failed step beside them', () => {
  const step = (name: string, ok: boolean, passed: number, failed: number) => ({
    name,
    ok,
    ms: 10,
    passed,
    failed,
  })
  expect(
    formatSummary([step('a', true, 3, 0), step('bb', false, 4, 2), step('lint', false, 0, 1)])
      .split('\n')
      .at(-1),
  ).toBe('7 passed, 3 failed')
})
