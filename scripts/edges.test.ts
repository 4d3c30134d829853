import { describe, expect, it } from 'vitest'
import { readRepository } from './check-edges.mjs'
import { checkEdges, findCycles, listImports } from './edges.mjs'

type Repository = Parameters<typeof checkEdges>[0]
type Package = Repository['packages'][number]

const rules = { edges: { leaf: [], sim: [], top: ['leaf'] }, apps: 'packages', dev: { top: ['sim'] } }
const library = (name: string, files: Record<string, string> = {}, manifest: object = {}): Package => ({
  name,
  manifest: {
    name: `@tmux-orchestrator/${name}`,
    exports: { '.': './dist/index.js', './testing': './dist/testing.js' },
    ...manifest,
  },
  files: Object.entries(files).map(([path, text]) => ({ path, text })),
})
const leaf = library('leaf')
const sim = library('sim')
const onLeaf = {
  dependencies: { '@tmux-orchestrator/leaf': 'workspace:^' },
  devDependencies: { '@tmux-orchestrator/sim': 'workspace:^' },
}
const check = (
  top: Package,
  apps: readonly Package[] = [],
  changed: Partial<Repository> = {},
): readonly string[] => checkEdges({ rules, packages: [leaf, sim, top], apps, ...changed })
const importing = (specifier: string): string => `import { x } from '${specifier}'`

describe('edges', () => {
  it('of this repository hold', () => {
    expect(checkEdges(readRepository())).toEqual([])
  })

  it('that are declared may be used', () => {
    const top = library(
      'top',
      {
        'src/index.ts': `import type { x } from '@tmux-orchestrator/leaf'\nimport './other.ts'`,
        'src/a.test.ts': importing('@tmux-orchestrator/sim'),
        'test/b.integration.test.ts': importing('@tmux-orchestrator/leaf/testing'),
      },
      onLeaf,
    )
    expect(check(top)).toEqual([])
  })

  it.each([
    ['src/index.ts', importing('@tmux-orchestrator/sim'), 'is no edge of top'],
    ['src/index.ts', `await import("@tmux-orchestrator/sim")`, 'is no edge of top'],
    ['src/index.ts', `export { x } from '@tmux-orchestrator/sim'`, 'is no edge of top'],
    ['src/index.ts', importing('@tmux-orchestrator/leaf/src/index.ts'), 'is not exported by leaf'],
    ['src/index.ts', importing('@tmux-orchestrator/leaf/dist/index.js'), 'is not exported by leaf'],
    ['test/x.ts', importing('../../leaf/src/index.ts'), 'leaves the package'],
    ['src/deep/x.ts', importing('../../../leaf/dist/index.js'), 'leaves the package'],
    ['src/index.ts', importing('tmux-orchestrator'), 'apps are never imported'],
    ['src/index.ts', importing('@tmux-orchestrator/team-cli'), 'apps are never imported'],
  ])('a breach in %s is found: %s', (path, text, problem) => {
    expect(check(library('top', { [path]: text }, onLeaf)).join('\n')).toContain(problem)
  })

  it('must stand in package.json, and no others may', () => {
    const used = library('top', { 'src/index.ts': importing('@tmux-orchestrator/leaf') })
    expect(check(used).join()).toContain('is not in its package.json')
    const listed = library('top', {}, { dependencies: { '@tmux-orchestrator/sim': 'workspace:^' } })
    expect(check(listed).join()).toContain('which is no edge of it')
    const fixed = library('top', {}, { dependencies: { '@tmux-orchestrator/leaf': '^0.1.0' } })
    expect(check(fixed).join()).toContain('is not taken from the workspace')
  })

  it('lead apps to packages only', () => {
    const app = (specifier: string): Package => ({
      ...library('tmo', { 'src/main.ts': importing(specifier) }, onLeaf),
      manifest: { name: 'tmux-orchestrator', ...onLeaf },
    })
    expect(check(library('top'), [app('@tmux-orchestrator/leaf')])).toEqual([])
    expect(check(library('top'), [app('@tmux-orchestrator/tmo-cli')]).join()).toContain(
      'apps are never imported',
    )
    expect(check(library('top'), [app('../../scheduler/src/main.ts')]).join()).toContain('leaves the package')
  })

  it('are listed for every package and form no cycle, those of tests included', () => {
    const changed = { ...rules, edges: { ...rules.edges, leaf: ['top'] } }
    expect(check(library('top'), [], { rules: changed }).join()).toContain('a cycle: leaf → top → leaf')
    const { leaf: _, ...edges } = rules.edges
    expect(check(library('top'), [], { rules: { ...rules, edges } }).join()).toContain('leaf is not listed')
  })
})

it('a cycle is found wherever it begins, and a diamond is none', () => {
  expect(
    findCycles(
      new Map([
        ['a', ['b', 'c']],
        ['b', ['d']],
        ['c', ['d']],
        ['d', []],
      ]),
    ),
  ).toEqual([])
  expect(
    findCycles(
      new Map([
        ['a', ['b']],
        ['b', ['c']],
        ['c', ['b']],
      ]),
    ),
  ).toEqual([['b', 'c', 'b']])
  expect(findCycles(new Map([['a', ['a']]]))).toEqual([['a', 'a']])
})

it('imports in comments and examples do not count', () => {
  expect(
    listImports(`/** import { x } from 'no' */\n// import 'no'\nimport 'yes'\nconst y = require('also')`),
  ).toEqual(['yes', 'also'])
})
