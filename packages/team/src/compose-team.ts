import { type Detection, detectProjectType } from './detect-project-type.ts'
import { TeamError } from './errors.ts'
import { listSeats, type Seat } from './list-seats.ts'
import { measureSize } from './measure-size.ts'
import { type Plan, planLimits, plans, type Size, sizeLimits, sizes } from './plan.ts'
import { printable } from './printable.ts'
import type { ProjectProfile } from './project-profile.ts'
import { type ProjectType, projectTypes } from './project-type.ts'
import { isRoleName, type RoleName, roleNames } from './role-names.ts'
import { roles } from './roles.ts'
import type { Spec } from './spec.ts'
import type { OmittedRole, Team, TeamAgent } from './team.ts'

/** What {@link composeTeam} decides from. */
export interface ComposeTeamOptions {
  readonly profile: ProjectProfile
  readonly spec?: Spec
  /** @defaultValue 'auto': detected. */
  readonly projectType?: 'auto' | ProjectType
  /** @defaultValue 'auto': measured from project and spec. */
  readonly size?: 'auto' | Size
  /** @defaultValue 'max5' */
  readonly plan?: Plan
  /** Exactly these, instead of what the project asks for; a role may be repeated. */
  readonly roles?: readonly RoleName[]
}

const defaults = { projectType: 'auto', size: 'auto', plan: 'max5' } as const

/**
 * The team for a project and a spec. Pure: the same arguments give the same team.
 *
 * Whatever size and plan, a team that is not named by its roles has somebody who does the work and somebody who
 * verifies it. Named roles are taken as they are; a team of one is a team.
 *
 * @throws TeamError `UNKNOWN_ROLE`, `UNKNOWN_CHOICE`, `NO_ROLES` (an empty list), `OVER_PLAN` (more roles named than
 * the plan carries).
 */
export function composeTeam(options: ComposeTeamOptions): Team {
  const { profile, spec } = options
  const plan = choose('plan', plans, options.plan ?? defaults.plan)
  const detection = typeOf(options)
  const measure = measureSize(profile, spec)
  const asked = options.size ?? defaults.size
  const size = asked === 'auto' ? measure.size : choose('size', sizes, asked)
  const seats = options.roles
    ? namedSeats(options.roles, plan)
    : listSeats({ profile, spec, detection, size })
  const limit = limitOf(seats, size, plan, options.roles !== undefined)
  const chosenSize =
    asked === 'auto' ? `measured ${measure.points} points: ${measure.evidence.join('; ')}` : 'chosen'
  return {
    projectType: detection.type,
    size,
    plan,
    confidence: detection.confidence,
    agents: toAgents(seats.slice(0, limit)),
    omitted: omittedFrom(seats.slice(limit), limit === planLimits[plan] ? `plan ${plan}` : `size ${size}`),
    evidence: [
      ...typeEvidence(detection),
      `size ${size}: ${chosenSize}`,
      `plan ${plan}: at most ${planLimits[plan]} agents`,
    ],
    typeEvidence: detection.evidence,
  }
}

function typeOf({ profile, spec, projectType = defaults.projectType }: ComposeTeamOptions): Detection {
  const detection = detectProjectType(profile, spec)
  if (projectType === 'auto') return detection
  return { ...detection, type: choose('projectType', projectTypes, projectType), confidence: 1 }
}

function typeEvidence(detection: Detection): readonly string[] {
  const own = detection.evidence.filter((entry) => entry.type === detection.type)
  const found = own.map((entry) => `${detection.type}: ${entry.text} (${entry.points} points)`)
  if (found.length > 0) return found
  return [`${detection.type}: ${detection.confidence === 1 ? 'chosen' : 'nothing speaks for another type'}`]
}

function limitOf(seats: readonly Seat[], size: Size, plan: Plan, isNamed: boolean): number {
  const wanted = seats.filter((seat) => seat.isWanted).length
  return Math.min(planLimits[plan], isNamed ? seats.length : Math.max(sizeLimits[size], wanted))
}

function namedSeats(names: readonly RoleName[], plan: Plan): readonly Seat[] {
  if (names.length === 0) {
    const hint = `name at least one of ${roleNames.join(', ')}`
    throw new TeamError('NO_ROLES', 'cannot compose a team: the list of roles is empty', {
      details: {},
      hint,
    })
  }
  for (const name of names) if (!isRoleName(name)) throw unknownRole(name)
  const limit = planLimits[plan]
  if (names.length > limit) {
    const larger = plans.find((other) => planLimits[other] >= names.length)
    const choice = larger
      ? `choose plan ${larger}, or name fewer roles`
      : `name at most ${planLimits.console} roles`
    const message = `cannot compose a team of ${names.length}: plan ${plan} carries ${limit} agents`
    throw new TeamError('OVER_PLAN', message, { details: { plan, limit, asked: names.length }, hint: choice })
  }
  return names.map((role) => ({ role, evidence: ['named by the caller'], isWanted: true }))
}

/** The error for a text that is no role. */
export function unknownRole(name: string): TeamError<'UNKNOWN_ROLE'> {
  const given = printable(String(name), 60)
  const details = { given, known: roleNames }
  return new TeamError('UNKNOWN_ROLE', `there is no role ${given}`, {
    details,
    hint: `the roles are ${roleNames.join(', ')}`,
  })
}

function choose<T extends string>(
  choice: 'projectType' | 'size' | 'plan',
  known: readonly T[],
  given: string,
): T {
  const found = known.find((name) => name === given)
  if (found !== undefined) return found
  const shown = printable(String(given), 60)
  throw new TeamError('UNKNOWN_CHOICE', `there is no ${choice} ${shown}`, {
    details: { choice, given: shown, known },
    hint: `choose one of ${known.join(', ')}`,
  })
}

function toAgents(seats: readonly Seat[]): readonly TeamAgent[] {
  return roleNames.flatMap((role) =>
    seats
      .filter((seat) => seat.role === role)
      .map(({ evidence }, at): TeamAgent => {
        const { checkInMinutes, responsibilities, gitRules } = roles[role]
        const name = at === 0 ? role : `${role}-${at + 1}`
        return { name, role, evidence, checkInMinutes, responsibilities, gitRules }
      }),
  )
}

function omittedFrom(seats: readonly Seat[], by: string): readonly OmittedRole[] {
  return seats.map(({ role, evidence }) => ({ role, evidence, reason: `no room: ${by}` }))
}
