import { describe, expect, it } from 'vitest'
import { assignTasks } from './assign-tasks.ts'
import { type ComposeTeamOptions, composeTeam } from './compose-team.ts'
import { detectProjectType } from './detect-project-type.ts'
import { isTeamError } from './errors.ts'
import { parseSpec } from './parse-spec.ts'
import { planLimits, plans } from './plan.ts'
import { profileOfPaths } from './profile-of-paths.ts'
import { emptyProfile } from './project-profile.ts'
import { findRoleName, type RoleName, roleNames } from './role-names.ts'
import { roles } from './roles.ts'
import type { Team } from './team.ts'

const names = (team: Team): readonly string[] => team.agents.map((agent) => agent.name)
const many = (count: number, path: (at: number) => string): string[] =>
  Array.from({ length: count }, (_, at) => path(at))
const specOf = (
  count: number,
  text = (at: number): string => `Make part ${at}`,
): ReturnType<typeof parseSpec> =>
  parseSpec(`# Spec\n\n## Tasks\n${many(count, (at) => `- [ ] ${text(at)}`).join('\n')}\n`)

const webApp = ['package.json', 'src/index.ts', 'src/app.tsx', 'test/app.test.ts', 'README.md']
const trees: readonly (readonly [string, readonly string[], string])[] = [
  ['a web app', webApp, 'code_project'],
  ['a web app with a thousand tables', [...webApp, ...many(1000, (at) => `data/${at}.csv`)], 'code_project'],
  [
    'a web app with infrastructure beside it',
    [
      ...webApp,
      ...many(20, (at) => `src/${at}.ts`),
      'terraform/main.tf',
      'terraform/x.tfvars',
      'k8s/a.yaml',
      'docker-compose.yml',
    ],
    'code_project',
  ],
  ['a Go program', ['go.mod', 'main.go', 'main_test.go'], 'code_project'],
  ['scripts without a manifest', ['a.sh', 'lib/b.py'], 'code_project'],
  ['a Rust workspace', ['Cargo.toml', 'crates/a/Cargo.toml', 'crates/a/src/lib.rs'], 'code_project'],
  ['ansible', ['ansible.cfg', 'site.yml', 'roles/web/tasks/main.yml', 'inventory.ini'], 'system_deployment'],
  [
    'service units and notes',
    ['shop_deployment_notes.md', 'shop_deployment.md', 'systemd/shop.service', 'install.sh'],
    'system_deployment',
  ],
  ['kubernetes files', ['k8s/app.yaml', 'k8s/kustomization.yaml', 'helm/Chart.yaml'], 'system_deployment'],
  [
    'airflow',
    ['airflow.cfg', 'dags/load.py', 'dags/clean.py', 'requirements.txt', 'data/in.csv'],
    'data_pipeline',
  ],
  ['dbt', ['dbt_project.yml', 'models/a.sql', 'models/b.sql', 'seeds/x.csv'], 'data_pipeline'],
  [
    'etl scripts',
    ['requirements.txt', 'etl/extract.py', 'etl/load.py', 'data/in.csv', 'data/out.parquet'],
    'data_pipeline',
  ],
  ['terraform', ['main.tf', 'variables.tf', 'prod.tfvars', 'modules/vpc/main.tf'], 'infrastructure_as_code'],
  [
    'terraform modules',
    ['modules/vpc/main.tf', 'envs/prod/main.tf', 'envs/prod/prod.tfvars', 'README.md'],
    'infrastructure_as_code',
  ],
  ['pulumi', ['Pulumi.yaml', 'package.json', 'index.ts'], 'infrastructure_as_code'],
  ['cloudformation', ['cloudformation/stack.yaml', 'cloudformation.json'], 'infrastructure_as_code'],
  ['nothing', [], 'code_project'],
  ['examples of another type', [...webApp, 'examples/cdk.json', 'fixtures/ansible.cfg'], 'code_project'],
]

describe('the type of a project', () => {
  it.each(trees)('%s', (_, paths, type) => {
    const found = detectProjectType(profileOfPaths(paths))
    expect(found.type, JSON.stringify(found)).toBe(type)
    expect(found.confidence > 0).toBe(paths.length > 0)
  })

  it('comes from files that the spec names where the tree is empty', () => {
    const spec = parseSpec('# VPC\n- [ ] Write `main.tf`\n- [ ] Write `prod.tfvars`\n')
    expect(detectProjectType(emptyProfile, spec).type).toBe('infrastructure_as_code')
    expect(detectProjectType(profileOfPaths(webApp), spec).type).toBe('code_project')
  })

  it('is surer the less speaks for another', () => {
    const pure = detectProjectType(profileOfPaths(['main.tf', 'a.tf', 'b.tf', 'c.tf', 'x.tfvars']))
    const mixed = detectProjectType(
      profileOfPaths(['main.tf', 'a.tf', 'ansible.cfg', 'package.json', 'a.js']),
    )
    expect(pure.confidence).toBe(1)
    expect(mixed.confidence).toBeLessThan(0.7)
  })
})

const golden: readonly (readonly [string, ComposeTeamOptions, readonly string[]])[] = [
  [
    'small code project',
    { profile: profileOfPaths(webApp), spec: specOf(3) },
    ['orchestrator', 'project_manager', 'developer', 'tester'],
  ],
  ['empty project', { profile: emptyProfile }, ['orchestrator', 'project_manager', 'developer', 'tester']],
  [
    'code project, pro',
    { profile: profileOfPaths(webApp), plan: 'pro' },
    ['orchestrator', 'developer', 'tester'],
  ],
  [
    'code project, medium',
    { profile: profileOfPaths([...webApp, '.github/workflows/ci.yml']), size: 'medium', plan: 'max20' },
    ['orchestrator', 'project_manager', 'developer', 'devops', 'tester', 'testrunner'],
  ],
  [
    'many independent tasks, large',
    { profile: profileOfPaths(webApp), spec: specOf(24), plan: 'max20' },
    [
      'orchestrator',
      'project_manager',
      'developer',
      'developer-2',
      'developer-3',
      'developer-4',
      'tester',
      'testrunner',
    ],
  ],
  [
    'many independent tasks, max5',
    { profile: profileOfPaths(webApp), spec: specOf(24) },
    ['orchestrator', 'project_manager', 'developer', 'developer-2', 'tester'],
  ],
  [
    'one chain of tasks',
    {
      profile: emptyProfile,
      spec: specOf(24, (at) => (at === 0 ? 'Begin' : `Go on after t${at}`)),
      plan: 'max20',
    },
    ['orchestrator', 'project_manager', 'developer', 'tester'],
  ],
  [
    'system deployment',
    { profile: profileOfPaths(['ansible.cfg', 'site.yml']), size: 'medium', plan: 'max20' },
    ['orchestrator', 'project_manager', 'devops', 'sysadmin', 'tester', 'securityops'],
  ],
  [
    'data pipeline',
    { profile: profileOfPaths(['airflow.cfg', 'dags/a.py']), size: 'medium', plan: 'max20' },
    ['orchestrator', 'project_manager', 'developer', 'devops', 'databaseops', 'tester'],
  ],
  [
    'infrastructure',
    { profile: profileOfPaths(['main.tf', 'vpc.tf']), size: 'medium', plan: 'max20' },
    ['orchestrator', 'project_manager', 'devops', 'sysadmin', 'tester', 'securityops'],
  ],
  [
    'infrastructure, pro',
    { profile: profileOfPaths(['main.tf', 'vpc.tf']), plan: 'pro' },
    ['orchestrator', 'devops', 'tester'],
  ],
  [
    'owners that the spec names',
    { profile: emptyProfile, spec: parseSpec('# T\n- [ ] a\n- [ ] b (owner: networkops)\n') },
    ['orchestrator', 'project_manager', 'developer', 'networkops', 'tester'],
  ],
]

describe('a team', () => {
  it.each(golden)('for a %s', (_, options, expected) => {
    expect(names(composeTeam(options))).toEqual(expected)
  })

  it('is what the caller names, numbered where a role repeats', () => {
    const team = (list: readonly RoleName[]): readonly string[] =>
      names(composeTeam({ profile: emptyProfile, roles: list }))
    expect(team(['developer'])).toEqual(['developer'])
    expect(team(['tester', 'developer', 'developer', 'developer'])).toEqual([
      'developer',
      'developer-2',
      'developer-3',
      'tester',
    ])
  })

  it('tells why each member is in it, and what was left out', () => {
    const profile = profileOfPaths([...webApp, '.github/workflows/ci.yml', 'docs/a.md'])
    const team = composeTeam({ profile, spec: specOf(9), plan: 'max5', size: 'large' })
    for (const agent of team.agents) expect(agent.evidence.join()).not.toBe('')
    expect(team.agents.find((agent) => agent.role === 'developer')?.evidence.join()).toContain('package.json')
    expect(team.omitted.map((entry) => entry.role)).toContain('devops')
    expect(team.omitted[0]?.reason).toBe('no room: plan max5')
  })

  it('escapes what foreign names would do to a terminal', () => {
    const profile = profileOfPaths(['evil\u001b[2J\n.tf', 'b\u202ea.tf'])
    expect(JSON.stringify(composeTeam({ profile }).typeEvidence)).toMatch(
      /u\{1b\}.*u\{202e\}|u\{202e\}.*u\{1b\}/,
    )
  })

  it.each([
    [{ roles: ['developer', 'wizard'] }, 'UNKNOWN_ROLE'],
    [{ roles: [] }, 'NO_ROLES'],
    [{ roles: Array.from({ length: 6 }, () => 'developer') }, 'OVER_PLAN'],
    [{ plan: 'free' }, 'UNKNOWN_CHOICE'],
    [{ size: 'huge' }, 'UNKNOWN_CHOICE'],
    [{ projectType: 'game' }, 'UNKNOWN_CHOICE'],
    [{ roles: ['__proto__'] }, 'UNKNOWN_ROLE'],
  ])('is refused for %j', (wrong, code) => {
    const options = JSON.parse(JSON.stringify({ profile: emptyProfile, ...wrong }))
    try {
      composeTeam(options)
      expect.unreachable()
    } catch (error) {
      expect(isTeamError(error) && error.code).toBe(code)
      expect(isTeamError(error) && error.hint).toBeTruthy()
    }
  })
})

describe('owners of tasks', () => {
  const team = (list: readonly RoleName[]): Team =>
    composeTeam({ profile: emptyProfile, roles: list, plan: 'console' })
  const owners = (list: readonly RoleName[], text: string): readonly string[] =>
    assignTasks(team(list), parseSpec(text)).map((assignment) => assignment.owner)

  it('spread independent groups, and keep chains and shared files with one agent', () => {
    const text = '# T\n- [ ] a `x.ts`\n- [ ] b `y.ts`\n- [ ] c `x.ts`\n- [ ] d after t2\n- [ ] e `z.ts`\n'
    expect(owners(['orchestrator', 'developer', 'developer', 'tester'], text)).toEqual([
      'developer',
      'developer-2',
      'developer',
      'developer-2',
      'developer',
    ])
  })

  it('follow the spec, and give specialists what is theirs', () => {
    const text =
      '# T\n- [ ] Build it\n- [ ] Add a migration\n- [ ] Try it (owner: tester)\n- [ ] Watch (owner: logtracker)\n'
    expect(owners(['orchestrator', 'developer', 'databaseops', 'tester'], text)).toEqual([
      'developer',
      'databaseops',
      'tester',
      'developer',
    ])
  })

  it('are whoever there is in a team of one', () => {
    for (const role of roleNames) expect(owners([role], '# T\n- [ ] a\n- [ ] b\n')).toEqual([role, role])
  })
})

describe('the catalogue', () => {
  it('gives each role its responsibilities, check-in minutes and git rules', () => {
    expect(Object.keys(roles).sort()).toEqual([...roleNames].sort())
    for (const name of roleNames) {
      expect(roles[name]).toMatchObject({ name, brief: expect.stringMatching(/^You .*\.$/) })
      expect(roles[name].responsibilities.length).toBeGreaterThanOrEqual(3)
      expect(roles[name].gitRules.length).toBeGreaterThanOrEqual(3)
      expect(roles[name].checkInMinutes).toBeGreaterThanOrEqual(15)
    }
  })

  it('knows roles in a human spelling', () => {
    expect(findRoleName(' Project Manager')).toBe('project_manager')
    expect(findRoleName('code-reviewer')).toBe('code_reviewer')
    expect(findRoleName('constructor')).toBeUndefined()
  })

  it('has the four plans', () => {
    expect(plans.map((plan) => [plan, planLimits[plan]])).toEqual([
      ['pro', 3],
      ['max5', 5],
      ['max20', 8],
      ['console', 10],
    ])
  })
})
