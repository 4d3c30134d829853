import type { SpecTask } from './spec.ts'

/**
 * Tasks in groups that can be worked on apart: tasks that wait for one another or name the same file are in one
 * group. Groups and their tasks stand in the order of the spec.
 */
export function groupTasks(tasks: readonly SpecTask[]): readonly (readonly SpecTask[])[] {
  const parents = new Map(tasks.map((task) => [task.id, task.id]))
  const firstWith = new Map<string, string>()
  for (const task of tasks) {
    for (const id of task.dependsOn) join(parents, task.id, id)
    for (const file of task.files) {
      const key = file.toLowerCase()
      join(parents, task.id, firstWith.get(key) ?? task.id)
      if (!firstWith.has(key)) firstWith.set(key, task.id)
    }
  }
  const groups = new Map<string, SpecTask[]>()
  for (const task of tasks) {
    const root = rootOf(parents, task.id)
    const group = groups.get(root)
    if (group) group.push(task)
    else groups.set(root, [task])
  }
  return [...groups.values()]
}

function join(parents: Map<string, string>, a: string, b: string): void {
  if (!parents.has(b)) return
  parents.set(rootOf(parents, a), rootOf(parents, b))
}

function rootOf(parents: Map<string, string>, id: string): string {
  let root = id
  for (let parent = parents.get(root); parent !== undefined && parent !== root; parent = parents.get(root)) {
    parents.set(root, parents.get(parent) ?? parent)
    root = parent
  }
  return root
}
