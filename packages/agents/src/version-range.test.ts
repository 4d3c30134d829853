import { describe, expect, it } from 'vitest'
import { isTested, versionIn, watchedOnly } from './version-range.ts'

const range = { from: '2.1.197', below: '2.2' }

describe('a tested range', () => {
  it.each([
    ['2.1.197', true],
    ['2.1.330', true],
    ['2.1.1000', true],
    ['2.1.196', false],
    ['2.2.0', false],
    ['10.0', false],
    ['2.1.330-beta', true],
    ['new', false],
  ])('holds %s: %s', (version, isInside) => {
    expect(isTested(version, range)).toBe(isInside)
    expect(watchedOnly('claude', version, range) === undefined).toBe(isInside)
  })

  it('holds no version that nobody knows, and says so', () => {
    expect(watchedOnly('claude', undefined, range)).toContain('unknown version')
    expect(watchedOnly('claude', '3.0.0', range)).toMatch(/3\.0\.0.*2\.1\.197.*2\.2/)
  })
})

describe('versionIn', () => {
  it.each([
    ['codex-cli 0.169.0', '0.169.0'],
    ['2.1.330 (Claude Code)', '2.1.330'],
    ['1.18.33', '1.18.33'],
    ['none', undefined],
  ])('of %j is %s', (text, version) => {
    expect(versionIn(text)).toBe(version)
  })
})
