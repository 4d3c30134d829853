import type { Checkpoint, ReportKind } from './formats.ts'
import { isFinished, type Kind, kindOf, type Task, type Teammate } from './team-view.ts'

/** The outcome of the checks of one round. `of` names what was checked. */
export interface Checked {
  readonly of: string
  readonly failures: readonly string[]
  readonly summary: string
}

/** All that a decision rests on. Everything in it comes from the verbs, git or the transcript, so a resumed agent decides the same. */
export interface Situation {
  readonly me: string
  readonly kind: Kind
  /** `undefined`: not looked at since the last wake-up. */
  readonly tasks: readonly Task[] | undefined
  /** False when work was done since `tasks` was read. */
  readonly tasksFresh: boolean
  readonly team: readonly Teammate[] | undefined
  /** Commits of own tasks, by task id. */
  readonly committed: ReadonlyMap<string, string>
  /** Own tasks that cannot be finished, with the reason. */
  readonly refused: ReadonlyMap<string, string>
  readonly asked: ReadonlySet<string>
  readonly reported: Checkpoint['reported']
  readonly checked: Checked | undefined
  /** Why the work as a whole cannot go on. */
  readonly stuck: string | undefined
}

export type Step =
  | { readonly kind: 'look'; readonly at: 'tasks' | 'team' }
  | { readonly kind: 'take' | 'make'; readonly task: Task }
  | { readonly kind: 'finish'; readonly task: Task; readonly commit: string }
  | { readonly kind: 'ask'; readonly name: string }
  | { readonly kind: 'check'; readonly tasks: readonly Task[] }
  | { readonly kind: 'report'; readonly report: ReportKind; readonly note: string; readonly of: string }
  | { readonly kind: 'wait'; readonly why: string }
  | { readonly kind: 'rest' }

const look = (at: 'tasks' | 'team'): Step => ({ kind: 'look', at })
const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`

/** The one next thing to do. */
export function nextStep(now: Situation): Step {
  if (now.stuck !== undefined) return reportOnce(now, 'blocked', now.stuck, `stuck:${now.stuck}`)
  if (now.tasks === undefined) return look('tasks')
  const task = nextTask(now, now.tasks)
  if (task !== undefined) return workOn(task, now)
  if (!now.tasksFresh && now.kind === 'implement') return look('tasks')
  if (now.refused.size > 0) return reportRefused(now)
  switch (now.kind) {
    case 'implement':
      return reportTasks(now, now.tasks)
    case 'verify':
      return verify(now, now.tasks)
    case 'manager':
      return manage(now, now.tasks)
    case 'orchestrator':
      return watch(now)
  }
}

/** The tasks that an agent holds itself, dropped ones left out. */
export function ownTasks(now: Pick<Situation, 'me'>, tasks: readonly Task[]): readonly Task[] {
  return tasks.filter((task) => task.owner === now.me && task.state !== 'dropped')
}

function nextTask(now: Situation, tasks: readonly Task[]): Task | undefined {
  const left = ownTasks(now, tasks).filter((task) => task.state !== 'done' && !now.refused.has(task.id))
  const ids = new Set(left.map((task) => task.id))
  return left.find((task) => !task.dependsOn.some((id) => id !== task.id && ids.has(id))) ?? left[0]
}

function workOn(task: Task, now: Situation): Step {
  if (task.state === 'open') return { kind: 'take', task }
  const commit = now.committed.get(task.id)
  return commit === undefined ? { kind: 'make', task } : { kind: 'finish', task, commit }
}

function reportOnce(now: Situation, report: ReportKind, note: string, of: string): Step {
  if (now.reported?.kind === report && now.reported.of === of) return { kind: 'rest' }
  return { kind: 'report', report, note, of }
}

function reportRefused(now: Situation): Step {
  const note = [...now.refused].map(([id, why]) => `${id}: ${why}`).join('; ')
  return reportOnce(now, 'blocked', note, `refused:${note}`)
}

function reportTasks(now: Situation, tasks: readonly Task[]): Step {
  const done = ownTasks(now, tasks)
  const commit = done.map((task) => now.committed.get(task.id)).findLast((id) => id !== undefined)
  const note = `${plural(done.length, 'task')}, ${commit === undefined ? 'no commit' : `commit ${commit.slice(0, 12)}`}`
  return reportOnce(now, 'done', note, `tasks:${done.map((task) => task.id).join(',')}`)
}

/** Those whose work the checks wait for: leads and other verifiers wait themselves. */
function isWaitedFor(mate: Teammate, task: Task): boolean {
  const kind = kindOf(mate.role)
  return kind === 'implement'
    ? !isFinished(mate)
    : task.state !== 'done' && kind !== 'verify' && !isFinished(mate)
}

/** Nobody will do more about it: it is done, or left undone by an owner who has finished or is gone. */
function isOver(task: Task, owner: Teammate | undefined): boolean {
  return task.state === 'done' || owner === undefined || isFinished(owner)
}

function verify(now: Situation, tasks: readonly Task[]): Step {
  if (now.team === undefined) return look('team')
  const theirs = tasks.filter((task) => task.state !== 'dropped' && task.owner !== '')
  const owners = new Map(now.team.map((mate) => [mate.name, mate]))
  const waitFor = theirs.flatMap((task) => {
    const owner = owners.get(task.owner)
    return owner !== undefined && isWaitedFor(owner, task) ? [owner.name] : []
  })
  if (waitFor.length > 0) return { kind: 'wait', why: [...new Set(waitFor)].join(', ') }
  if (!now.tasksFresh) return look('tasks')
  if (now.checked === undefined) {
    return { kind: 'check', tasks: theirs.filter((task) => isOver(task, owners.get(task.owner))) }
  }
  const { failures, summary, of } = now.checked
  if (now.reported?.of === of) return { kind: 'rest' }
  return failures.length === 0
    ? reportOnce(now, 'done', summary, of)
    : reportOnce(now, 'failed', failures.join('; '), of)
}

function manage(now: Situation, tasks: readonly Task[]): Step {
  if (now.team === undefined) return look('team')
  const owners = new Set(tasks.map((task) => task.owner))
  const next = now.team.find((mate) => {
    const implements_ = kindOf(mate.role) === 'implement' || owners.has(mate.name)
    return implements_ && mate.name !== now.me && canAnswer(mate) && !now.asked.has(mate.name)
  })
  if (next !== undefined) return { kind: 'ask', name: next.name }
  const others = now.team.filter((mate) => mate.name !== now.me && !isLead(mate))
  return reportWhenFinished(now, others)
}

function watch(now: Situation): Step {
  if (now.team === undefined) return look('team')
  return reportWhenFinished(
    now,
    now.team.filter((mate) => mate.name !== now.me),
  )
}

function canAnswer(mate: Teammate): boolean {
  return mate.state !== 'failed' && mate.state !== 'stopped' && kindOf(mate.role) !== 'orchestrator'
}

function isLead(mate: Teammate): boolean {
  const kind = kindOf(mate.role)
  return kind === 'orchestrator' || kind === 'manager'
}

function reportWhenFinished(now: Situation, others: readonly Teammate[]): Step {
  const waitFor = others.filter((mate) => !isFinished(mate))
  if (waitFor.length > 0) return { kind: 'wait', why: waitFor.map((mate) => mate.name).join(', ') }
  const failed = others.filter((mate) => mate.state !== 'done')
  const done = `${plural(others.length - failed.length, 'agent')} done`
  const note = failed.length === 0 ? done : `${done}, not done: ${failed.map((mate) => mate.name).join(', ')}`
  return reportOnce(now, 'done', note, `team:${others.map((mate) => `${mate.name}=${mate.state}`).join(',')}`)
}
