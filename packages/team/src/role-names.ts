/** Every role, in the order in which teams are listed. */
export const roleNames = [
  'orchestrator',
  'project_manager',
  'developer',
  'devops',
  'sysadmin',
  'databaseops',
  'networkops',
  'monitoringops',
  'documentation_writer',
  'tester',
  'testrunner',
  'code_reviewer',
  'securityops',
  'researcher',
  'logtracker',
] as const

/** The name of a role. An agent's name is this, or this and `-2`, `-3`, … */
export type RoleName = (typeof roleNames)[number]

const known: ReadonlySet<string> = new Set(roleNames)

/** Whether a text names a role exactly. */
export function isRoleName(text: string): text is RoleName {
  return known.has(text)
}

/** The role that a human's spelling means (`Project Manager`, `code-reviewer`), or `undefined`. */
export function findRoleName(text: string): RoleName | undefined {
  const name = text
    .trim()
    .toLowerCase()
    .replace(/[\s-]+/g, '_')
  return isRoleName(name) ? name : undefined
}
