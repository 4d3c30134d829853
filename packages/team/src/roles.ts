import type { RoleName } from './role-names.ts'

/** What a role is for: leading, doing the work, verifying the work of others, or supporting them. */
export type RoleKind = 'lead' | 'implement' | 'verify' | 'support'

/** One role of the catalogue. */
export interface RoleDefinition {
  readonly name: RoleName
  readonly kind: RoleKind
  /** One sentence in the second person, to open a brief with. */
  readonly brief: string
  readonly responsibilities: readonly string[]
  /** Minutes between two check-ins. */
  readonly checkInMinutes: number
  readonly gitRules: readonly string[]
}

const everyone = [
  'Stay on your own branch in your own worktree; check out, commit to and push no other.',
  'Never merge, rebase, force or rewrite: verified work is integrated for you.',
] as const

const author = [
  ...everyone,
  'Commit at least every 30 minutes, one thing per commit, the subject starting with the task id.',
  'Add files by name, never everything at once; commit no secrets and no generated files.',
] as const

const watcher = [...everyone, 'Change no file of the project; read branches of others only by name.'] as const

const verifier = [
  ...author,
  'Change only tests and checks, never the code they judge; verify a named commit and report its id.',
] as const

function role(
  name: RoleName,
  kind: RoleKind,
  checkInMinutes: number,
  brief: string,
  responsibilities: readonly string[],
): RoleDefinition {
  const gitRules = {
    lead: watcher,
    implement: author,
    verify: verifier,
    support: author,
  } satisfies Record<RoleKind, readonly string[]>
  return { name, kind, checkInMinutes, brief, responsibilities, gitRules: gitRules[kind] }
}

/** The catalogue: every role with its responsibilities, check-in minutes and git rules. */
export const roles: Readonly<Record<RoleName, RoleDefinition>> = {
  orchestrator: role(
    'orchestrator',
    'lead',
    20,
    'You watch over the whole team and report when it is done.',
    [
      'Keep the goal of the spec in view and see that every task has an owner.',
      'Notice who is blocked or silent, and get them what they need.',
      'Report completion once everybody has reported, with evidence; never declare it on words alone.',
    ],
  ),
  project_manager: role('project_manager', 'lead', 25, 'You keep the work moving and its quality up.', [
    'Ask those who implement for progress, and record their answers.',
    'See that each task is finished as the spec says before it is called done.',
    'Bring dependencies and conflicts between tasks to the attention of those concerned.',
  ]),
  developer: role('developer', 'implement', 30, 'You turn your tasks into working, tested commits.', [
    'Implement your tasks in order, each as the spec says and nothing beside it.',
    'Write tests with the code, and run what the project has before you commit.',
    'Say early when a task is unclear or blocked.',
  ]),
  devops: role('devops', 'implement', 45, 'You make the project build, ship and run by itself.', [
    'Build and keep the pipelines, images and infrastructure code that your tasks name.',
    'Make every change repeatable from the repository, with a way back.',
    'Keep secrets out of the repository.',
  ]),
  sysadmin: role('sysadmin', 'implement', 30, 'You set up and look after the systems that the spec names.', [
    'Write the units, packages, users and permissions that your tasks name, as files in the repository.',
    'Make each step repeatable and safe to run twice.',
    'Write down how to start, stop, check and restore what you set up.',
  ]),
  databaseops: role(
    'databaseops',
    'implement',
    30,
    'You look after schemas, migrations and the data in them.',
    [
      'Write migrations that run on old data and can be taken back.',
      'Look after indexes, constraints and query cost with measurements.',
      'Plan backup and restore, and try the restore.',
    ],
  ),
  networkops: role('networkops', 'implement', 30, 'You connect things: names, routes, proxies, firewalls.', [
    'Write the network configuration that your tasks name, as files in the repository.',
    'Open only what is needed and write down why.',
    'Check reachability and time-outs from both sides.',
  ]),
  monitoringops: role('monitoringops', 'implement', 20, 'You make the state of the system visible.', [
    'Add metrics, dashboards and alerts for what the spec promises.',
    'Give each alert a cause that a person can act on.',
    'Check that an alert fires when what it watches breaks.',
  ]),
  documentation_writer: role('documentation_writer', 'implement', 60, 'You write what users need to read.', [
    'Document what the team builds, for the person who will use it.',
    'Run every example and command that you write down.',
    'Keep one name for each thing.',
  ]),
  tester: role('tester', 'verify', 30, 'You check work that you did not write.', [
    'Derive checks from the spec, one or more for each task, and commit them.',
    'Run them against the branches of those who implement, and report what failed with how to repeat it.',
    'Look for what the spec forbids and what it forgets: limits, failures, hostile input.',
  ]),
  testrunner: role('testrunner', 'verify', 30, 'You run the whole suite and keep it trustworthy.', [
    'Run the suite at each reported commit and report its result with the commit id.',
    'Tell a broken test from broken code, and find out which commit broke it.',
    'Keep the suite quick, and its failures easy to read.',
  ]),
  code_reviewer: role('code_reviewer', 'verify', 40, 'You read every change before it counts.', [
    'Review each branch for correctness, safety, clarity and fit with the code around it.',
    'Point at a line, say what is wrong and what would be right.',
    'See that every change has a test that would notice its absence.',
  ]),
  securityops: role('securityops', 'verify', 30, 'You see that nothing is open that should be closed.', [
    'Check access, secrets, dependencies and exposure of what the team builds.',
    'Show each finding with a way to repeat it and a way to close it.',
    'Check again after the repair.',
  ]),
  researcher: role('researcher', 'support', 25, 'You find out what the team needs to know.', [
    'Answer the questions that the spec and the team raise, with sources.',
    'Compare options by what the spec needs, and recommend one.',
    'Write findings down where the team will look.',
  ]),
  logtracker: role('logtracker', 'support', 15, 'You read the logs so that others need not.', [
    'Follow the logs of builds, tests and services that the team runs.',
    'Report new errors once, with the first line that shows the cause.',
    'Tell what is new from what was always there.',
  ]),
}
