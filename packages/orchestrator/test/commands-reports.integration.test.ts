import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type CommandsRoom, commandsRoom, commit, id } from './commands-room.ts'
import { brief } from './temporary-ledger.ts'

let room: CommandsRoom

beforeEach(async () => {
  room = await commandsRoom()
})
afterEach(() => room[Symbol.asyncDispose]())

describe('a report of done', () => {
  const task = { id: 't1', title: 'Write the cart', body: '', files: [], dependsOn: [], owner: 'dev1' }

  it('is refused while own tasks are open, taken with them done, and queues one integration', async () => {
    await room.start({ tasks: [task] })
    expect(await room.report('dev1', 'done')).toEqual({
      accepted: false,
      reasons: ['task t1 is still yours and not done: Write the cart'],
    })
    expect([(await room.branch('dev1'))?.state, await room.queued()]).toEqual(['open', []])
    await room.ledger.command('task.set', { id, task: 't1', state: 'done', evidence: 'it runs', by: 'dev1' })
    expect(await room.report('dev1', 'done')).toEqual({ accepted: true, reasons: [] })
    expect(await room.report('dev1', 'done')).toEqual({ accepted: true, reasons: [] })
    expect(await room.branch('dev1')).toMatchObject({ state: 'reported', commit_id: commit })
    expect(await room.queued()).toEqual(['dev1'])
  })

  it('does not make the agent done', async () => {
    await room.start()
    await room.report('dev1', 'done')
    expect((await room.agent('dev1'))?.state).toBe('running')
  })

  it('that comes before the proof of the brief is looked at again when that is there', async () => {
    await room.create()
    await room.ledger.command('orchestration.state', { id, state: 'starting' })
    await room.report('dev1', 'done', 'quick')
    // The job comes, finds no proof yet, and ends.
    const claim = { owner: room.owner, leaseMs: 1000, limit: 9 }
    const { jobs } = await room.ledger.command('jobs.claim', claim)
    for (const job of jobs)
      await room.ledger.command('jobs.complete', { id: job.id, token: job.token, result: null })
    expect(await room.queued()).toEqual([])
    await brief(room.ledger, id, 'dev1')
    expect(await room.queued()).toEqual(['dev1'])
    await brief(room.ledger, id, 'dev2')
    expect(await room.queued()).toEqual(['dev1'])
  })

  it('is refused on a stopped or failed run', async () => {
    await room.start()
    await room.ledger.command('orchestration.state', { id, state: 'stopped' })
    expect(await room.report('dev1', 'done')).toEqual({
      accepted: false,
      reasons: ['the orchestration is stopped'],
    })
  })

  it('that was red alone is queued again when another agent’s work is integrated', async () => {
    await room.start()
    await room.report('dev1', 'done')
    await room.report('dev2', 'done')
    await room.runJobs()
    expect(await room.queued()).toEqual([])
    await room.integrated('dev2')
    expect(await room.queued()).toEqual(['dev1'])
  })

  it('that conflicted, or whose agent no longer runs, is not queued again', async () => {
    await room.start()
    await room.report('dev1', 'done')
    await room.report('lead', 'done')
    await room.report('dev2', 'done')
    await room.runJobs()
    await room.ledger.command('branch.state', { id, name: 'dev1', state: 'conflicted' })
    await room.ledger.command('agent.state', { id, name: 'lead', state: 'needs-human', cause: 'red' })
    await room.integrated('dev2')
    expect(await room.queued()).toEqual([])
  })
})

describe('other reports', () => {
  it('of being blocked tell those who lead, not those who work', async () => {
    await room.start()
    await room.report('dev1', 'blocked', 'no till')
    expect((await room.messages()).map((row) => [row.target, row.body])).toEqual([
      ['lead', 'dev1 is blocked: no till'],
    ])
  })

  it('of failure ask for a human', async () => {
    await room.start()
    await room.report('dev1', 'failed', 'no till')
    expect((await room.desired()).orchestration).toMatchObject({
      state: 'needs-human',
      cause: 'dev1 reports failure: no till',
    })
    expect((await room.agent('dev1'))?.state).toBe('failed')
  })
})

describe('tasks', () => {
  const taken = (by: string) =>
    room.ledger.command('task.set', { id, task: 't1', state: 'taken', evidence: null, by })

  it('are told to their new owner, and taken only by that one', async () => {
    await room.start()
    const add = { id, title: 'Write', body: '', owner: 'dev1', files: [], by: 'lead' }
    expect(await room.ledger.command('task.add', add)).toMatchObject({ task: { id: 't1', owner: 'dev1' } })
    expect(await room.messages()).toMatchObject([
      { target: 'dev1', sender: 'lead', body: 'Task t1 is yours: Write' },
    ])
    await expect(taken('dev2')).rejects.toMatchObject({ code: 'NOT_ALLOWED' })
    expect(await taken('dev1')).toMatchObject({ task: { state: 'taken', owner: 'dev1' } })
  })

  it('that nobody owns belong to who takes them', async () => {
    await room.start()
    await room.ledger.command('task.add', {
      id,
      title: 'Write',
      body: '',
      owner: null,
      files: [],
      by: 'lead',
    })
    expect(await taken('dev2')).toMatchObject({ task: { owner: 'dev2' } })
    await expect(taken('nobody')).resolves.toMatchObject({ task: { owner: 'dev2' } })
  })
})
