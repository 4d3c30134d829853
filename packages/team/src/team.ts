import type { Evidence } from './detect-project-type.ts'
import type { Plan, Size } from './plan.ts'
import type { ProjectType } from './project-type.ts'
import type { RoleName } from './role-names.ts'

/** A member of a team. */
export interface TeamAgent {
  /** Unique in the team: the role, or the role and `-2`, `-3`, … */
  readonly name: string
  readonly role: RoleName
  /** Why this agent is in the team; at least one line, foreign names escaped. */
  readonly evidence: readonly string[]
  readonly checkInMinutes: number
  readonly responsibilities: readonly string[]
  readonly gitRules: readonly string[]
}

/** A role that something spoke for and that did not fit. */
export interface OmittedRole {
  readonly role: RoleName
  readonly reason: string
  readonly evidence: readonly string[]
}

/** A team for a project and a spec. Plain data. */
export interface Team {
  readonly projectType: ProjectType
  readonly size: Size
  readonly plan: Plan
  /** Of the project type: 0 to 1; 1 when it was chosen by the caller. */
  readonly confidence: number
  /** In the order of the roles' catalogue. */
  readonly agents: readonly TeamAgent[]
  readonly omitted: readonly OmittedRole[]
  /** For the type, the size and the limit. */
  readonly evidence: readonly string[]
  readonly typeEvidence: readonly Evidence[]
}
