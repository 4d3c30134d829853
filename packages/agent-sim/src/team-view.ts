import { SimError } from './errors.ts'
import { isRecord, stringsOf } from './json.ts'

export type TaskState = 'open' | 'taken' | 'done' | 'dropped'

export interface Task {
  readonly id: string
  readonly title: string
  readonly owner: string
  readonly state: TaskState
  readonly files: readonly string[]
  readonly dependsOn: readonly string[]
}

export interface Teammate {
  readonly name: string
  readonly role: string
  readonly state: string
  readonly branch: string | undefined
}

const states: ReadonlySet<unknown> = new Set(['open', 'taken', 'done', 'dropped'])

function isTaskState(value: unknown): value is TaskState {
  return states.has(value)
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function ownName(value: unknown): string {
  return text(value).split('/').at(-1) ?? ''
}

/** Names in backticks that look like paths: a slash or an extension, no blank, no glob, no address. */
export function namedFiles(markdown: string): readonly string[] {
  const names = [...markdown.matchAll(/`([^`\s]+)`/g)].map((match) => match[1] ?? '')
  const paths = names.filter(
    (name) => /[/.]/.test(name) && !/[*?<>|(){}$=,;]|:\/\/|^-/.test(name) && /[\p{L}\p{N}]/u.test(name),
  )
  return [...new Set(paths)]
}

function parseTask(value: unknown): Task {
  if (!isRecord(value) || typeof value.id !== 'string' || !isTaskState(value.state)) {
    throw new SimError('BAD_ANSWER', `a task without id or state: ${JSON.stringify(value)?.slice(0, 200)}`)
  }
  const title = text(value.title)
  return {
    id: value.id,
    title,
    owner: ownName(value.owner),
    state: value.state,
    files: Array.isArray(value.files) ? stringsOf(value.files) : namedFiles(`${title}\n${text(value.body)}`),
    dependsOn: stringsOf(value.dependsOn),
  }
}

function parseTeammate(value: unknown): Teammate {
  if (!isRecord(value) || typeof value.name !== 'string') {
    throw new SimError('BAD_ANSWER', `an agent without a name: ${JSON.stringify(value)?.slice(0, 200)}`)
  }
  return {
    name: value.name,
    role: text(value.role) || roleOf(value.name),
    state: text(value.state),
    branch: typeof value.branch === 'string' && value.branch !== '' ? value.branch : undefined,
  }
}

function listOf(answer: unknown, key: string): readonly unknown[] {
  const list = isRecord(answer) ? answer[key] : answer
  if (Array.isArray(list)) return list
  throw new SimError('BAD_ANSWER', `no list of ${key} in the answer`)
}

/**
 * The tasks of `tmo task list --json`. Files that the answer does not list are taken from title and body.
 *
 * @throws SimError `BAD_ANSWER`
 */
export function parseTasks(answer: unknown): readonly Task[] {
  return listOf(answer, 'tasks').map(parseTask)
}

/**
 * The team of `tmo agent list --json`.
 *
 * @throws SimError `BAD_ANSWER`
 */
export function parseTeam(answer: unknown): readonly Teammate[] {
  return listOf(answer, 'agents').map(parseTeammate)
}

/** The role in an agent's name: `developer-2` is a `developer`. */
export function roleOf(name: string): string {
  return name.replace(/-\d+$/, '')
}

export type Kind = 'orchestrator' | 'manager' | 'implement' | 'verify'

const implementers: ReadonlySet<string> = new Set([
  'developer',
  'devops',
  'sysadmin',
  'networkops',
  'databaseops',
])

/** What a role does here: whoever neither leads nor implements verifies. */
export function kindOf(role: string): Kind {
  if (role === 'orchestrator') return 'orchestrator'
  if (role === 'project_manager') return 'manager'
  return implementers.has(role) ? 'implement' : 'verify'
}

const finished: ReadonlySet<string> = new Set(['done', 'failed', 'stopped'])

/** True when nothing more is to be expected of this agent. */
export function isFinished(mate: Teammate): boolean {
  return finished.has(mate.state)
}
