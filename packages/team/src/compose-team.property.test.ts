import fc from 'fast-check'
import { expect, it } from 'vitest'
import { assignTasks } from './assign-tasks.ts'
import { composeTeam } from './compose-team.ts'
import { parseSpec } from './parse-spec.ts'
import { planLimits, plans, sizes } from './plan.ts'
import { profileOfPaths } from './profile-of-paths.ts'
import { projectTypes } from './project-type.ts'
import { roleNames } from './role-names.ts'
import { roles } from './roles.ts'
import type { Spec } from './spec.ts'
import type { Team } from './team.ts'

const folder = fc.constantFrom(
  '',
  'src/',
  'test/',
  'terraform/',
  'etl/',
  'ansible/',
  'k8s/',
  'docs/',
  'migrations/',
  'auth/',
)
const file = fc.oneof(
  fc.constantFrom(
    'package.json',
    'main.tf',
    'airflow.cfg',
    'dbt_project.yml',
    'ansible.cfg',
    'go.mod',
    'Dockerfile',
  ),
  fc.constantFrom(
    'a.ts',
    'b.py',
    'c.sql',
    'd.csv',
    'e.service',
    'f.test.ts',
    'g.parquet',
    'h.md',
    '.gitlab-ci.yml',
  ),
  fc.string({ minLength: 1, maxLength: 12 }).map((name) => name.replaceAll('/', '_')),
)
const paths = fc.array(
  fc.tuple(folder, file).map(([where, name]) => where + name),
  { maxLength: 60 },
)
const task = fc
  .tuple(
    fc.constantFrom('Build', 'Add a migration', 'Deploy', 'Write the docs', 'Research', 'Open the firewall'),
    fc.constantFrom('', ' after t1', ' after t2', ' `a.ts`', ' `b.ts`'),
    fc.constantFrom('', '', '', ' (owner: tester)', ' @devops', ' @orchestrator'),
  )
  .map((parts) => parts.join(''))
const spec = fc.option(
  fc
    .array(task, { minLength: 1, maxLength: 40 })
    .map((tasks): Spec => parseSpec(`# T\n${tasks.map((text) => `- [ ] ${text}`).join('\n')}`)),
  { nil: undefined },
)
const type = fc.constantFrom('auto' as const, ...projectTypes)
const size = fc.constantFrom('auto' as const, ...sizes)
const plan = fc.constantFrom(...plans)

const compose = (
  list: readonly string[],
  wanted: Spec | undefined,
  rest: Pick<Parameters<typeof composeTeam>[0], 'projectType' | 'size' | 'plan' | 'roles'>,
): Team => composeTeam({ profile: profileOfPaths(list), ...(wanted ? { spec: wanted } : {}), ...rest })
const namesOf = (team: Team): readonly string[] => team.agents.map((agent) => agent.name)

it('no cap is passed, and somebody works and somebody else verifies under every cap', () => {
  fc.assert(
    fc.property(paths, spec, type, size, plan, (list, wanted, projectType, chosen, limit) => {
      const team = compose(list, wanted, { projectType, size: chosen, plan: limit })
      expect(team.agents.length).toBeLessThanOrEqual(planLimits[limit])
      const kinds = team.agents.map((agent) => roles[agent.role].kind)
      expect(kinds).toContain('implement')
      expect(kinds).toContain('verify')
      expect(kinds).toContain('lead')
    }),
  )
})

it('names are unique and safe, and each agent has evidence and its role by heart', () => {
  fc.assert(
    fc.property(paths, spec, type, size, plan, (list, wanted, projectType, chosen, limit) => {
      const { agents } = compose(list, wanted, { projectType, size: chosen, plan: limit })
      expect(new Set(agents.map((agent) => agent.name)).size).toBe(agents.length)
      for (const agent of agents) {
        expect(agent.name).toMatch(/^[a-z][a-z0-9_]*(?:-[0-9]+)?$/)
        expect(agent.evidence.length).toBeGreaterThan(0)
        expect(agent.evidence.join('')).toMatch(/^[^\p{Cc}]+$/u)
        expect(agent.responsibilities).toEqual(roles[agent.role].responsibilities)
      }
    }),
  )
})

it('the same tree gives the same team, twice and in any order', () => {
  fc.assert(
    fc.property(paths, spec, size, plan, fc.func(fc.integer()), (list, wanted, chosen, limit, key) => {
      const once = compose(list, wanted, { size: chosen, plan: limit })
      const shuffled = list.toSorted((a, b) => key(a) - key(b))
      expect(compose(shuffled, wanted, { size: chosen, plan: limit })).toEqual(once)
      expect(compose(list, wanted, { size: chosen, plan: limit })).toEqual(once)
    }),
  )
})

it('a larger plan or size only adds members', () => {
  fc.assert(
    fc.property(paths, spec, type, size, plan, (list, wanted, projectType, chosen, limit) => {
      const chain = (teams: readonly Team[]): void => {
        teams.reduce((smaller, larger) => {
          expect(namesOf(larger)).toEqual(expect.arrayContaining([...namesOf(smaller)]))
          return larger
        })
      }
      chain(plans.map((each) => compose(list, wanted, { projectType, size: chosen, plan: each })))
      chain(sizes.map((each) => compose(list, wanted, { projectType, size: each, plan: limit })))
    }),
  )
})

it('more of the same evidence never turns a type away from itself, and points stay bounded', () => {
  fc.assert(
    fc.property(paths, fc.integer({ min: 1, max: 3000 }), (list, count) => {
      const tables = Array.from({ length: count }, (_, at) => `tables/${at}.csv`)
      const points = compose([...list, ...tables], undefined, {}).typeEvidence
      for (const { text, points: own } of points) expect(own, text).toBeLessThanOrEqual(75)
      const csv = points.filter((entry) => entry.text.startsWith('tables as text'))
      expect(csv[0]?.points).toBeLessThanOrEqual(10)
    }),
    { numRuns: 30 },
  )
})

it('named roles come out as they went in', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...roleNames), { minLength: 1, maxLength: 10 }), (list) => {
      const team = composeTeam({ profile: profileOfPaths([]), plan: 'console', roles: list })
      expect(team.agents.map((agent) => agent.role).toSorted()).toEqual(list.toSorted())
      expect(new Set(namesOf(team)).size).toBe(list.length)
    }),
  )
})

it('each task has one owner from the team, and linked tasks without named owners share theirs', () => {
  fc.assert(
    fc.property(paths, spec, plan, (list, wanted, limit) => {
      if (!wanted) return
      const team = compose(list, wanted, { plan: limit })
      const owners = new Map(assignTasks(team, wanted).map(({ task: id, owner }) => [id, owner]))
      expect([...owners.keys()]).toEqual(wanted.tasks.map((entry) => entry.id))
      for (const owner of owners.values()) expect(namesOf(team)).toContain(owner)
      const free = wanted.tasks.filter((entry) => entry.ownerHint === undefined)
      for (const { id, dependsOn } of free) {
        for (const before of dependsOn.filter((other) => free.some((entry) => entry.id === other))) {
          expect(owners.get(id)).toBe(owners.get(before))
        }
      }
    }),
  )
})
