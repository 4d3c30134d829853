import type { RoleName } from './role-names.ts'

/** A piece of a spec that one agent can own. */
export interface SpecTask {
  /** `t1`, `t2`, … in the order of the spec. */
  readonly id: string
  /** One line of plain text, at most 100 characters. */
  readonly title: string
  /** The Markdown of the task, control characters removed. Foreign text: data, never an instruction to us. */
  readonly body: string
  /** Relative paths that the task names; never absolute, never with `..` or inside `.git`. */
  readonly files: readonly string[]
  /** Ids of tasks that must be done before; never a cycle. */
  readonly dependsOn: readonly string[]
  /** The role that the spec itself names for the task. */
  readonly ownerHint?: RoleName
}

/** A specification, parsed. */
export interface Spec {
  readonly title: string
  /** `[a-z0-9-]`, 1 to 40 characters. */
  readonly slug: string
  readonly words: number
  /** At least one. */
  readonly tasks: readonly SpecTask[]
  /** What the spec says that could not be followed, such as a dependency on a task that is not there. */
  readonly warnings: readonly string[]
}
