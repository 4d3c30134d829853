import { describe, expect, test } from 'vitest'
import { nextStep, type Situation } from './plan.ts'
import type { Task, Teammate } from './team-view.ts'

const task = (id: string, change: Partial<Task> = {}): Task => ({
  id,
  title: id,
  owner: 'developer',
  state: 'open',
  files: [],
  dependsOn: [],
  ...change,
})
const mate = (name: string, role: string, state = 'running'): Teammate => ({
  name,
  role,
  state,
  branch: name,
})
const start: Situation = {
  me: 'developer',
  kind: 'implement',
  tasks: undefined,
  tasksFresh: false,
  team: undefined,
  committed: new Map(),
  refused: new Map(),
  asked: new Set(),
  reported: undefined,
  checked: undefined,
  stuck: undefined,
}
const at = (change: Partial<Situation>): Situation => ({ ...start, tasksFresh: true, ...change })

describe('an implementer', () => {
  test('looks at the tasks first, then takes, makes and finishes its own', () => {
    expect(nextStep(start)).toEqual({ kind: 'look', at: 'tasks' })
    const open = task('t2')
    const tasks = [task('t1', { owner: 'other' }), open]
    expect(nextStep(at({ tasks }))).toEqual({ kind: 'take', task: open })
    const taken = task('t2', { state: 'taken' })
    expect(nextStep(at({ tasks: [taken] }))).toEqual({ kind: 'make', task: taken })
    const committed = new Map([['t2', 'abc']])
    expect(nextStep(at({ tasks: [taken], committed }))).toEqual({
      kind: 'finish',
      task: taken,
      commit: 'abc',
    })
  })

  test('does what a task depends on before the task, and does not hang on a circle', () => {
    const tasks = [task('t1', { dependsOn: ['t2'] }), task('t2')]
    expect(nextStep(at({ tasks }))).toMatchObject({ task: { id: 't2' } })
    const circle = [task('t1', { dependsOn: ['t2'] }), task('t2', { dependsOn: ['t1'] })]
    expect(nextStep(at({ tasks: circle }))).toMatchObject({ task: { id: 't1' } })
  })

  test('looks again before it reports done, reports once, and rests then', () => {
    const tasks = [task('t1', { state: 'done' }), task('t2', { state: 'dropped' })]
    expect(nextStep(at({ tasks, tasksFresh: false }))).toEqual({ kind: 'look', at: 'tasks' })
    const committed = new Map([['t1', '0123456789abcdef']])
    const step = nextStep(at({ tasks, committed }))
    expect(step).toEqual({
      kind: 'report',
      report: 'done',
      note: '1 task, commit 0123456789ab',
      of: 'tasks:t1',
    })
    expect(nextStep(at({ tasks, committed, reported: { kind: 'done', of: 'tasks:t1' } }))).toEqual({
      kind: 'rest',
    })
  })

  test('never reports done while a task of its own was refused', () => {
    const tasks = [task('t1', { state: 'taken' }), task('t2', { state: 'done' })]
    const refused = new Map([['t1', 'no']])
    expect(nextStep(at({ tasks, refused }))).toMatchObject({ report: 'blocked', note: 't1: no' })
  })

  test('reports what it is stuck at before anything else', () => {
    expect(nextStep(at({ stuck: 'no verbs' }))).toMatchObject({ report: 'blocked', note: 'no verbs' })
  })
})

describe('a tester', () => {
  const tester = { me: 'tester', kind: 'verify' } as const
  const done = task('t1', { state: 'done' })

  test('waits for implementers and not for other verifiers or leads, so that nobody waits in a circle', () => {
    const team = [
      mate('developer', 'developer'),
      mate('tester', 'tester'),
      mate('code_reviewer', 'code_reviewer'),
    ]
    expect(nextStep(at({ ...tester, tasks: [done], team }))).toEqual({ kind: 'wait', why: 'developer' })
    const later = team.map((one) => (one.name === 'developer' ? { ...one, state: 'done' } : one))
    expect(nextStep(at({ ...tester, tasks: [done], team: later }))).toEqual({ kind: 'check', tasks: [done] })
    const leads = [mate('project_manager', 'project_manager'), mate('tester', 'tester')]
    const tasks = [task('t1', { owner: 'project_manager', state: 'done' })]
    expect(nextStep(at({ ...tester, tasks, team: leads }))).toMatchObject({ kind: 'check' })
  })

  test('checks what a finished owner left undone, so that it is reported', () => {
    const left = task('t2')
    const team = [mate('developer', 'developer', 'failed')]
    expect(nextStep(at({ ...tester, tasks: [left], team }))).toEqual({ kind: 'check', tasks: [left] })
  })

  test('reports failures as failed, and the same work only once', () => {
    const team = [mate('developer', 'developer', 'done')]
    const checked = { of: 'x', failures: ['t1: missing'], summary: '' }
    expect(nextStep(at({ ...tester, tasks: [done], team, checked }))).toMatchObject({
      report: 'failed',
      note: 't1: missing',
    })
    const reported = { kind: 'failed', of: 'x' } as const
    const again = { of: 'x', failures: [], summary: '' }
    expect(nextStep(at({ ...tester, tasks: [done], team, checked: again, reported }))).toEqual({
      kind: 'rest',
    })
  })
})

describe('the leads', () => {
  const team = [
    mate('orchestrator', 'orchestrator'),
    mate('project_manager', 'project_manager'),
    mate('developer', 'developer'),
  ]
  const manager = { me: 'project_manager', kind: 'manager', tasks: [] } as const

  test('the project manager asks each implementer once and waits for all but the leads', () => {
    expect(nextStep(at({ ...manager, team }))).toEqual({ kind: 'ask', name: 'developer' })
    const asked = new Set(['developer'])
    expect(nextStep(at({ ...manager, team, asked }))).toEqual({ kind: 'wait', why: 'developer' })
    const over = team.map((one) => (one.name === 'developer' ? { ...one, state: 'done' } : one))
    expect(nextStep(at({ ...manager, team: over, asked }))).toMatchObject({
      report: 'done',
      note: '1 agent done',
    })
  })

  test('the orchestrator waits for everybody else and names who did not get done', () => {
    const me = { me: 'orchestrator', kind: 'orchestrator', tasks: [] } as const
    expect(nextStep(at({ ...me, team }))).toEqual({ kind: 'wait', why: 'project_manager, developer' })
    const over = [
      mate('project_manager', 'project_manager', 'done'),
      mate('developer', 'developer', 'failed'),
    ]
    expect(nextStep(at({ ...me, team: over }))).toMatchObject({ note: '1 agent done, not done: developer' })
  })
})
