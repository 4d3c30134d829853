import { printable } from './printable.ts'
import { referencesIn } from './spec-references.ts'

/** A task as far as its dependencies are concerned. */
export interface Linkable {
  readonly id: string
  readonly title: string
  /** Prose of the task, without code. */
  readonly prose: string
  /** The number that the spec gives it (`Task 3`, `T3`, `3.`), if it does. */
  readonly label?: number
}

/** Ids that each task must wait for, and what could not be followed. */
export interface Links {
  readonly dependsOn: ReadonlyMap<string, readonly string[]>
  readonly warnings: readonly string[]
}

/** Resolves what tasks say they come after. Names of no task and circles are left out and told. */
export function linkTasks(tasks: readonly Linkable[]): Links {
  const warnings: string[] = []
  const byNumber = numbering(tasks)
  const byTitle = new Map(tasks.map((task) => [plain(task.title), task.id]))
  const wanted = new Map<string, readonly string[]>()
  for (const task of tasks) {
    const { numbers, titles } = referencesIn(task.prose)
    const ids = new Set<string>()
    for (const number of numbers) {
      const id = byNumber.get(number)
      if (id === undefined) warnings.push(`${task.id}: there is no task ${number} to wait for`)
      else if (id !== task.id) ids.add(id)
    }
    for (const title of titles) {
      const id = byTitle.get(plain(title))
      if (id !== undefined && id !== task.id) ids.add(id)
    }
    wanted.set(task.id, inOrder(ids))
  }
  return { dependsOn: withoutCircles(wanted, warnings), warnings }
}

/** The spec's own numbers when every task that has one has another; else positions. */
function numbering(tasks: readonly Linkable[]): ReadonlyMap<number, string> {
  const labels = tasks.map((task) => task.label)
  const isOwn = labels.every((label) => label !== undefined) && new Set(labels).size === tasks.length
  return new Map(tasks.map((task, at) => [(isOwn ? task.label : undefined) ?? at + 1, task.id]))
}

function withoutCircles(
  wanted: ReadonlyMap<string, readonly string[]>,
  warnings: string[],
): ReadonlyMap<string, readonly string[]> {
  const reach = new Map([...wanted.keys()].map((id) => [id, reachable(id, wanted)]))
  return new Map(
    [...wanted].map(([id, targets]) => {
      const kept = targets.filter((target) => !reach.get(target)?.has(id))
      for (const target of targets.filter((other) => !kept.includes(other))) {
        warnings.push(`${id} and ${target} wait for each other: that order is left out`)
      }
      return [id, kept]
    }),
  )
}

function reachable(start: string, edges: ReadonlyMap<string, readonly string[]>): ReadonlySet<string> {
  const seen = new Set<string>()
  const open = [...(edges.get(start) ?? [])]
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (seen.has(id)) continue
    seen.add(id)
    open.push(...(edges.get(id) ?? []))
  }
  return seen
}

const inOrder = (ids: ReadonlySet<string>): readonly string[] =>
  [...ids].sort((a, b) => Number(a.slice(1)) - Number(b.slice(1)))

const plain = (title: string): string =>
  printable(title)
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim()
