import { formatSignal } from './detect-project-type.ts'
import type { Size } from './plan.ts'
import type { ProjectProfile } from './project-profile.ts'
import type { Spec } from './spec.ts'

/** A size and what it was measured from. */
export interface Measure {
  readonly size: Size
  readonly points: number
  readonly evidence: readonly string[]
}

/** Points from which a size begins. */
const mediumFrom = 5
const largeFrom = 12
/** With a spec, the project is only its surroundings. */
const surroundingsRatio = 0.4

/**
 * How much team a piece of work is worth: from the project's files, tests and pipelines, and from the spec's tasks
 * and length. More files, tasks or words never make it smaller.
 */
export function measureSize(profile: ProjectProfile, spec?: Spec): Measure {
  const project = projectPoints(profile)
  const evidence = [`${profile.files} files, ${profile.codeFiles} of them source`]
  const traits = ['continuous integration', 'container']
  evidence.push(...profile.signals.filter((signal) => traits.includes(signal.id)).map(formatSignal))
  if (spec === undefined) return measure(project, evidence)
  const tasks = spec.tasks.length
  evidence.push(`spec: ${tasks} ${tasks === 1 ? 'task' : 'tasks'}, ${spec.words} words`)
  const own = taskPoints(tasks) + Math.min(4, spec.words / 1500)
  return measure(project * surroundingsRatio + own, evidence)
}

function projectPoints(profile: ProjectProfile): number {
  const has = (id: string): boolean => profile.signals.some((signal) => signal.id === id)
  return (
    Math.min(10, profile.codeFiles / 10) +
    Math.min(5, profile.files / 100) +
    (profile.testFiles > 0 ? 2 : 0) +
    (has('continuous integration') ? 2 : 0) +
    (has('container') ? 1 : 0)
  )
}

/** A handful of tasks is little; each beyond it counts in full. */
function taskPoints(tasks: number): number {
  return Math.min(14, 0.35 * Math.min(tasks, 6) + 0.9 * Math.max(0, tasks - 6))
}

function measure(raw: number, evidence: readonly string[]): Measure {
  const points = Math.round(raw * 10) / 10
  const size = points < mediumFrom ? 'small' : points < largeFrom ? 'medium' : 'large'
  return { size, points, evidence }
}
