import type { RoleName } from './role-names.ts'

/** The types of project, in the order that decides a tie. */
export const projectTypes = [
  'code_project',
  'system_deployment',
  'data_pipeline',
  'infrastructure_as_code',
] as const

/** What kind of work a project is. */
export type ProjectType = (typeof projectTypes)[number]

/** Who a project of a type needs, most needed first. */
export interface TeamShape {
  /** Does the work; the role that is held by several agents when the work is independent. */
  readonly implementer: RoleName
  /** Verifies it. */
  readonly verifier: RoleName
  /** Wanted from size medium on, because of the type alone. */
  readonly core: readonly RoleName[]
  /** Wanted when something in the project or the spec speaks for them. */
  readonly optional: readonly RoleName[]
}

/** The shape of the team for each type of project. */
export const teamShapes: Readonly<Record<ProjectType, TeamShape>> = {
  code_project: {
    implementer: 'developer',
    verifier: 'tester',
    core: [],
    optional: [
      'testrunner',
      'devops',
      'code_reviewer',
      'databaseops',
      'documentation_writer',
      'securityops',
      'monitoringops',
      'networkops',
      'researcher',
      'logtracker',
    ],
  },
  system_deployment: {
    implementer: 'sysadmin',
    verifier: 'tester',
    core: ['devops', 'securityops'],
    optional: [
      'networkops',
      'monitoringops',
      'databaseops',
      'logtracker',
      'documentation_writer',
      'code_reviewer',
      'testrunner',
      'researcher',
    ],
  },
  data_pipeline: {
    implementer: 'developer',
    verifier: 'tester',
    core: ['databaseops', 'devops'],
    optional: [
      'monitoringops',
      'testrunner',
      'researcher',
      'code_reviewer',
      'documentation_writer',
      'securityops',
      'logtracker',
      'networkops',
    ],
  },
  infrastructure_as_code: {
    implementer: 'devops',
    verifier: 'tester',
    core: ['sysadmin', 'securityops'],
    optional: [
      'networkops',
      'monitoringops',
      'testrunner',
      'code_reviewer',
      'databaseops',
      'documentation_writer',
      'logtracker',
      'researcher',
    ],
  },
}
