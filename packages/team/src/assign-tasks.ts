import { teamShapes } from './project-type.ts'
import { specialistFor } from './role-evidence.ts'
import type { RoleName } from './role-names.ts'
import { type RoleKind, roles } from './roles.ts'
import type { Spec, SpecTask } from './spec.ts'
import { groupTasks } from './task-groups.ts'
import type { Team, TeamAgent } from './team.ts'

/** Who owns a task. */
export interface Assignment {
  /** Id of the task. */
  readonly task: string
  /** Name of the agent. */
  readonly owner: string
}

/**
 * An owner for each task, in the order of the spec. A task goes to the role that the spec names for it, when the
 * team has it. The others are spread in groups: tasks that wait for one another or share a file stay with one agent.
 * A specialist of the team gets the groups that are all its own; the rest goes to those who do the work of
 * the project's type, else to anybody who implements, else to whom there is.
 */
export function assignTasks(team: Team, spec: Spec): readonly Assignment[] {
  const loads = new Map(team.agents.map((agent) => [agent.name, 0]))
  const owners = new Map<string, string>()
  const give = (tasks: readonly SpecTask[], candidates: readonly TeamAgent[]): void => {
    const owner = leastLoaded(candidates, loads)
    for (const task of tasks) owners.set(task.id, owner.name)
    loads.set(owner.name, (loads.get(owner.name) ?? 0) + tasks.length)
  }
  const free: SpecTask[] = []
  for (const task of spec.tasks) {
    const named = task.ownerHint === undefined ? [] : withRole(team, task.ownerHint)
    if (named.length > 0 && task.ownerHint !== undefined && roles[task.ownerHint].kind !== 'lead')
      give([task], named)
    else free.push(task)
  }
  const groups = groupTasks(free).toSorted((a, b) => b.length - a.length)
  for (const group of groups) give(group, candidatesFor(group, team))
  return spec.tasks.map((task) => ({ task: task.id, owner: owners.get(task.id) ?? '' }))
}

function candidatesFor(group: readonly SpecTask[], team: Team): readonly TeamAgent[] {
  const specialists = new Set(group.map(specialistFor))
  const [only] = specialists
  if (specialists.size === 1 && only !== undefined && roles[only].kind === 'implement') {
    const able = withRole(team, only)
    if (able.length > 0) return able
  }
  const main = withRole(team, teamShapes[team.projectType].implementer)
  if (main.length > 0) return main
  const kinds: readonly RoleKind[] = ['implement', 'support', 'verify', 'lead']
  const found = kinds.map((kind) => team.agents.filter((agent) => roles[agent.role].kind === kind))
  return found.find((agents) => agents.length > 0) ?? []
}

const withRole = (team: Team, role: RoleName): readonly TeamAgent[] =>
  team.agents.filter((agent) => agent.role === role)

function leastLoaded(agents: readonly TeamAgent[], loads: ReadonlyMap<string, number>): TeamAgent {
  const load = (agent: TeamAgent): number => loads.get(agent.name) ?? 0
  const [first, ...rest] = agents
  if (!first) throw new RangeError('a team without agents cannot own tasks')
  return rest.reduce((best, agent) => (load(agent) < load(best) ? agent : best), first)
}
