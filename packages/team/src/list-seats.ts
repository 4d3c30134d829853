import type { Detection } from './detect-project-type.ts'
import { implementerLimits, type Size } from './plan.ts'
import type { ProjectProfile } from './project-profile.ts'
import { teamShapes } from './project-type.ts'
import { evidenceFor } from './role-evidence.ts'
import { type RoleName, roleNames } from './role-names.ts'
import { roles } from './roles.ts'
import type { Spec } from './spec.ts'
import { groupTasks } from './task-groups.ts'

/** A place in a team, with the reasons for it. */
export interface Seat {
  readonly role: RoleName
  readonly evidence: readonly string[]
  /** Whether the size may not leave it out: the core of every team, and owners that the spec names. */
  readonly isWanted: boolean
}

/** Independent groups of tasks that make one more implementer worth its cost. */
const groupsPerImplementer = 3

interface Ground {
  readonly profile: ProjectProfile
  readonly spec: Spec | undefined
  readonly detection: Detection
  readonly size: Size
}

/**
 * The seats of a team, most needed first: cutting the list at any length leaves the best team of that length.
 * Work and its verification come before coordination.
 */
export function listSeats(ground: Ground): readonly Seat[] {
  const shape = teamShapes[ground.detection.type]
  const base: readonly Seat[] = [
    seat(shape.implementer, workEvidence(ground)),
    seat(shape.verifier, verifyEvidence(ground)),
    seat('orchestrator', ['every team has one agent that watches over it and reports its end']),
    seat('project_manager', ['someone asks for progress and keeps to the spec']),
  ]
  const core = shape.core.map((role) =>
    optionalSeat(role, ground, `part of a team for ${ground.detection.type}`),
  )
  const optional = shape.optional.map((role) => optionalSeat(role, ground))
  const more = moreImplementers(ground, shape.implementer)
  const [first, ...rest] = [...optional, ...unusual(ground)].filter((other) => other.evidence.length > 0)
  const seats = [...base, ...owners(ground), ...core, ...more.slice(0, 1), ...(first ? [first] : [])]
  return onePerRole([...seats, ...more.slice(1), ...rest], shape.implementer)
}

const seat = (role: RoleName, evidence: readonly string[], isWanted = true): Seat => ({
  role,
  evidence,
  isWanted,
})

function optionalSeat(role: RoleName, { profile, spec }: Ground, reason?: string): Seat {
  const evidence = evidenceFor(role, profile, spec)
  return seat(role, reason === undefined ? evidence : [reason, ...evidence], false)
}

/** Roles that the spec names as owners. */
function owners({ profile, spec }: Ground): readonly Seat[] {
  const named = new Set(spec?.tasks.map((task) => task.ownerHint))
  return roleNames
    .filter((role) => named.has(role) && roles[role].kind !== 'lead')
    .map((role) => seat(role, evidenceFor(role, profile, spec)))
}

/** Roles outside the shape for which the spec's tasks speak. */
function unusual(ground: Ground): readonly Seat[] {
  const { implementer, verifier, core, optional } = teamShapes[ground.detection.type]
  const usual = new Set<RoleName>([implementer, verifier, ...core, ...optional])
  return roleNames
    .filter((role) => !usual.has(role) && roles[role].kind !== 'lead')
    .map((role) => optionalSeat(role, ground))
}

function moreImplementers({ spec, size }: Ground, role: RoleName): readonly Seat[] {
  const groups = groupTasks(spec?.tasks ?? [])
  const wanted = Math.min(implementerLimits[size], Math.ceil(groups.length / groupsPerImplementer))
  const shown = groups.slice(0, 4).map((group) => group.map((task) => task.id).join('+'))
  const more = groups.length > shown.length ? ', …' : ''
  const reason = `spec: ${groups.length} independent groups of tasks (${shown.join(', ')}${more}) for ${wanted} agents`
  return Array.from({ length: Math.max(0, wanted - 1) }, () => seat(role, [reason], false))
}

function workEvidence({ detection, spec }: Ground): readonly string[] {
  const seen = detection.evidence.filter((entry) => entry.type === detection.type).slice(0, 3)
  const found = seen.map((entry) => `${entry.type}: ${entry.text}`)
  if (spec) found.push(`spec: ${spec.tasks.length} ${spec.tasks.length === 1 ? 'task' : 'tasks'} to do`)
  return found.length > 0 ? found : [`somebody does the work of a ${detection.type}`]
}

function verifyEvidence({ profile, spec }: Ground): readonly string[] {
  const found = ['somebody verifies what others wrote']
  if (profile.testFiles > 0) found.push(`${profile.testFiles} test files`)
  if (spec) found.push(`spec: ${spec.tasks.length} ${spec.tasks.length === 1 ? 'task' : 'tasks'} to check`)
  return found
}

function onePerRole(seats: readonly Seat[], repeated: RoleName): readonly Seat[] {
  const seen = new Set<RoleName>()
  return seats.filter(({ role, evidence }) => {
    const isNew = !seen.has(role)
    seen.add(role)
    return isNew || (role === repeated && evidence[0]?.includes('independent groups') === true)
  })
}
