import { expect, it } from 'vitest'
import { formatReleases, planReleases } from './release-plan.mjs'

const packages = [
  { name: 'leaf', version: '0.1.0', dependencies: [] },
  { name: 'middle', version: '0.2.0', dependencies: ['leaf', 'yaml'] },
  { name: 'other', version: '1.0.0', dependencies: [] },
]
const bump = (name: string, type: string, newVersion: string, changesets: readonly string[] = []) => ({
  name,
  type,
  newVersion,
  changesets,
})

it('a package is published for the changesets that name it, or for what it depends on', () => {
  const bumps = [
    bump('leaf', 'minor', '0.2.0', ['typed-events', 'same-second']),
    bump('middle', 'patch', '0.2.1'),
    bump('other', 'none', '1.0.0'),
  ]
  const planned = planReleases({ packages, bumps, tags: new Set(['other@1.0.0']) })
  expect(planned).toEqual([
    {
      name: 'leaf',
      version: '0.1.0',
      next: '0.2.0',
      why: 'minor: typed-events, same-second',
      isWaiting: true,
    },
    { name: 'middle', version: '0.2.0', next: '0.2.1', why: 'patch: needs the new leaf', isWaiting: true },
  ])
})

it('without changesets a package is published when no tag says that its version was', () => {
  const tags = new Set(['leaf@0.1.0', 'middle@0.1.0', 'other@1.0.0'])
  expect(planReleases({ packages, bumps: [], tags })).toEqual([
    { name: 'middle', version: '0.2.0', next: '0.2.0', why: 'no tag middle@0.2.0', isWaiting: false },
  ])
})

it('the list says package, versions, size and why, and breaks long reasons', () => {
  const release = { name: 'leaf', version: '0.1.0', next: '0.2.0', isWaiting: true, bytes: 12_345 }
  expect(formatReleases([{ ...release, why: 'minor: one, two, three' }], 20)).toBe(
    '1 packages would be published:\nleaf 0.1.0 → 0.2.0, 12.3 kB\n    minor: one, two,\n    three',
  )
  expect(formatReleases([])).toBe('nothing would be published: every version has its tag')
})
