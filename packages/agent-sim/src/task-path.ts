import type { Task } from './team-view.ts'

/** A name that a task may not write to, or the path (with `/`) inside the worktree. */
export type NamedPath = { readonly path: string } | { readonly refused: string }

const pathMaxBytes = 1_024
const partMaxBytes = 255
const bytes = (text: string): number => new TextEncoder().encode(text).length

function faultOf(name: string, parts: readonly string[]): string | undefined {
  if (/[\x00-\x1f\x7f]/.test(name)) return 'control characters in the name'
  if (/^[/\\~]|^[a-z]:[/\\]/i.test(name)) return 'not inside the worktree'
  if (parts.includes('..')) return 'not inside the worktree'
  if (parts.some((part) => /^\.git(?:$|[ .:~])/i.test(part) || /^git~\d$/i.test(part)))
    return "git's own files"
  if (parts.length === 0) return 'not a file name'
  if (bytes(name) > pathMaxBytes || parts.some((part) => bytes(part) > partMaxBytes)) return 'name too long'
  return undefined
}

/** A file-system-safe form of an id. */
export function safeName(id: string): string {
  const name = id.replace(/[^A-Za-z0-9_-]+/g, '-').replace(/^-+/, '')
  return name === '' ? 'task' : name.slice(0, 80)
}

/** Judges one name by its text alone; a name that ends in a slash gets a file of the task's own in that folder. */
export function namedPath(name: string, taskId: string): NamedPath {
  const parts = name.split('/').filter((part) => part !== '' && part !== '.')
  const fault = faultOf(name, parts)
  if (fault !== undefined) return { refused: fault }
  const path = parts.join('/')
  return { path: name.endsWith('/') ? `${path}/${safeName(taskId)}.md` : path }
}

/** What a task writes: the files it names, or one page under `work/` when it names none. */
export function taskFiles(task: Task): readonly string[] {
  return task.files.length === 0 ? [`work/${safeName(task.id)}.md`] : [...new Set(task.files)]
}
