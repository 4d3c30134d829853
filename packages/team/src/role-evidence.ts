import { formatSignal } from './detect-project-type.ts'
import { indicators, type Trait } from './indicators.ts'
import type { ProjectProfile } from './project-profile.ts'
import type { RoleName } from './role-names.ts'
import type { Spec, SpecTask } from './spec.ts'

/** Properties of a project that speak for a role. */
const traitsOf: Readonly<Partial<Record<RoleName, readonly Trait[]>>> = {
  devops: ['ci', 'container'],
  databaseops: ['database'],
  securityops: ['security'],
  monitoringops: ['monitoring'],
  networkops: ['network'],
  documentation_writer: ['docs'],
  researcher: ['research'],
  logtracker: ['logging'],
}

/** Words of a task's title that speak for a role, most telling first. */
const wordsOf: readonly (readonly [RoleName, RegExp])[] = [
  ['databaseops', /\b(?:database|databases|schema|schemas|migrations?|sql|postgres(?:ql)?|mysql|sqlite)\b/i],
  ['monitoringops', /\b(?:monitoring|metrics|alerts?|alerting|dashboards?|grafana|prometheus)\b/i],
  ['networkops', /\b(?:networks?|networking|firewalls?|dns|load balancers?|reverse proxy|vpn|subnets?)\b/i],
  ['sysadmin', /\b(?:systemd|servers?|ssh|user accounts?|backups?|cron)\b/i],
  [
    'devops',
    /\b(?:ci|cd|pipelines?|docker|dockerfile|containers?|kubernetes|helm|terraform|deploy\w*|release)\b/i,
  ],
  ['documentation_writer', /\b(?:documentation|docs|readme|manual|tutorial|user guide|changelog)\b/i],
  ['securityops', /\b(?:security|audit|vulnerabilit\w+|hardening|secrets?)\b/i],
  ['researcher', /\b(?:research|investigate|evaluate|compare|survey|feasibility)\b/i],
  ['logtracker', /\b(?:log analysis|error logs?|log files?)\b/i],
]

/** The specialist that a task's title asks for, or `undefined` when it is anybody's. */
export function specialistFor(task: SpecTask): RoleName | undefined {
  return wordsOf.find(([, words]) => words.test(task.title))?.[0]
}

/** What in the project or the spec speaks for a role; empty when nothing does. */
export function evidenceFor(
  role: RoleName,
  profile: ProjectProfile,
  spec: Spec | undefined,
): readonly string[] {
  const found = ownedBy(role, spec)
  for (const signal of profile.signals) {
    const tells = indicators.find((indicator) => indicator.id === signal.id)?.tells
    if (traitsOf[role]?.some((trait) => trait === tells)) found.push(formatSignal(signal))
  }
  if (role === 'testrunner' && profile.testFiles > 0)
    found.push(`tests: ${profile.testFiles} test files to run`)
  if (role === 'code_reviewer' && profile.codeFiles >= 200) {
    found.push(`${profile.codeFiles} source files that a change can break`)
  }
  const meant = (spec?.tasks ?? []).filter(
    (task) => task.ownerHint === undefined && specialistFor(task) === role,
  )
  if (meant.length > 0) found.push(`spec: ${formatTasks(meant)}`)
  return found
}

function ownedBy(role: RoleName, spec: Spec | undefined): string[] {
  const owned = (spec?.tasks ?? []).filter((task) => task.ownerHint === role)
  return owned.length > 0 ? [`spec names it as owner of ${formatTasks(owned)}`] : []
}

/** Tasks by id and title in one line. */
export function formatTasks(tasks: readonly SpecTask[]): string {
  const shown = tasks.slice(0, 3).map((task) => `${task.id} (${task.title.slice(0, 60)})`)
  const rest = tasks.length - shown.length
  return `${shown.join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`
}
