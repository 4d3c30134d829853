import { listJobs, listSchedules } from '@tmux-orchestrator/scheduler-db'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Desired } from '../src/command-map.ts'
import type { Ledger } from '../src/ledger.ts'
import { messageToken } from '../src/message-token.ts'
import {
  brief,
  createPlan,
  createRun,
  startRun,
  type TemporaryLedger,
  temporaryLedger,
} from './temporary-ledger.ts'

const id = 'shop-abcd'
const commit = 'c'.repeat(40)
let room: TemporaryLedger
let ledger: Ledger

beforeEach(async () => {
  room = await temporaryLedger()
  ledger = room.ledger
})
afterEach(() => room[Symbol.asyncDispose]())

async function desired(): Promise<Desired> {
  const found = await ledger.query('desired', { id })
  if (!found) throw new Error('the run is gone')
  return found
}

const agent = async (name: string) => (await desired()).agents.find((row) => row.name === name)
const branch = async (name: string) => (await desired()).branches.find((row) => row.agent === name)
const state = async () => (await desired()).orchestration.state
const send = (targets: readonly string[], text = 'hello') =>
  ledger.command('message.create', { id, targets, sender: 'you', text, policy: 'retry', ttlMs: 3_600_000 })
const report = (name: string, kind: 'done' | 'failed' | 'blocked' | 'progress', note = 'so it is') =>
  ledger.command('report.add', { id, name, kind, note, commit })
const messages = () => room.store.db.selectFrom('message').selectAll().orderBy('id').execute()
const kinds = async () =>
  (await ledger.query('events', { after: 0, limit: 1000, stream: id })).events.map((event) => event.kind)

/** Agents whose next integration waits. */
async function queued(): Promise<string[]> {
  const jobs = await listJobs(room.store.db, { state: 'ready' })
  return jobs
    .filter((job) => job.kind === 'integrate')
    .map((job) => (job.payload as { agent: string }).agent)
    .toSorted()
}

async function runJobs(): Promise<void> {
  const { jobs } = await ledger.command('jobs.claim', { owner: room.owner, leaseMs: 30_000, limit: 10 })
  for (const job of jobs)
    await ledger.command('jobs.complete', { id: job.id, token: job.token, result: null })
  if (jobs.length > 0) await runJobs()
}

describe('a new run', () => {
  it('is stored whole: its team, conversations, branches and tasks, all planned', async () => {
    const task = { id: 't1', title: 'Write', body: '', files: ['a.ts'], dependsOn: [], owner: 'dev1' }
    await createRun(ledger, { tasks: [task] })
    const all = await desired()
    expect(all.orchestration).toMatchObject({ state: 'planned', desired: 'run', started_at: null })
    expect(all.agents.map((row) => [row.name, row.state, row.implements])).toEqual([
      ['lead', 'planned', 0],
      ['dev1', 'planned', 1],
      ['dev2', 'planned', 1],
    ])
    expect(all.conversations.map((row) => row.state)).toEqual(['planned', 'planned', 'planned'])
    expect(all.branches.map((row) => row.state)).toEqual(['open', 'open', 'open'])
    expect(await ledger.query('tasks', { id })).toEqual({
      tasks: [{ ...task, state: 'open', evidence: null }],
    })
    expect((await ledger.query('live', null)).ids).toEqual([id])
  })

  it('is refused as ID_TAKEN when one of that id exists, and nothing of it stays', async () => {
    await createRun(ledger)
    const again = createRun(ledger, { project: { path: '/other', name: 'other' } })
    await expect(again).rejects.toMatchObject({ name: 'OrchestratorError', code: 'ID_TAKEN' })
    expect(await room.store.db.selectFrom('project').select('path').execute()).toEqual([{ path: '/project' }])
  })

  it('leaves nothing behind when it cannot be stored to its end', async () => {
    await expect(ledger.command('run.create', { plan: createPlan(), secrets: [] })).rejects.toThrow(TypeError)
    expect(await ledger.query('desired', { id })).toBeNull()
  })

  it('is refused under a name that no command has', async () => {
    await expect(
      ledger.command('run.destroy' as 'run.create', { plan: createPlan(), secrets: [] }),
    ).rejects.toMatchObject({
      code: 'UNKNOWN_REQUEST',
    })
  })
})

describe('the start', () => {
  it('is complete only when the last brief arrived', async () => {
    await createRun(ledger)
    await ledger.command('orchestration.state', { id, state: 'starting' })
    expect(await brief(ledger, id, 'dev1')).toBe(false)
    expect(await brief(ledger, id, 'lead')).toBe(false)
    expect([await state(), (await agent('dev1'))?.state]).toEqual(['starting', 'running'])
    expect(await brief(ledger, id, 'dev2')).toBe(true)
    expect((await desired()).orchestration).toMatchObject({ state: 'running', started_at: room.now() })
  })

  it('knows a launch before its brief, and counts every launch', async () => {
    await createRun(ledger)
    const key = { id, name: 'dev1', conversationId: `conversation-${id}-dev1` }
    await ledger.command('agent.launching', { ...key, briefing: 'argument' })
    await ledger.command('agent.launching', { ...key, briefing: 'argument' })
    const found = (await desired()).conversations.find((row) => row.agent === 'dev1')
    expect(found).toMatchObject({ state: 'launched', launches: 2, launched_at: room.now(), briefed_at: null })
    expect((await agent('dev1'))?.state).toBe('starting')
  })

  it('takes a token that came back in a report as proof, while the brief is awaited', async () => {
    await createRun(ledger)
    const key = { id, name: 'dev1', conversationId: `conversation-${id}-dev1` }
    await ledger.command('agent.launching', { ...key, briefing: 'argument' })
    expect((await desired()).echoedTokens).toEqual([])
    await report('dev1', 'progress', `[tmo-b-${id}-dev1] here`)
    expect((await desired()).echoedTokens).toEqual([`tmo-b-${id}-dev1`])
  })

  it('replaces a lost conversation by one continuation', async () => {
    await startRun(ledger)
    await ledger.command('agent.continue', {
      id,
      name: 'dev1',
      conversationId: 'next',
      token: 'tmo-b-next',
      cause: 'gone',
    })
    const own = (await desired()).conversations.filter((row) => row.agent === 'dev1')
    expect(own.map((row) => [row.kind, row.state])).toEqual(
      expect.arrayContaining([
        ['brief', 'lost'],
        ['continuation', 'planned'],
      ]),
    )
    expect(await agent('dev1')).toMatchObject({ conversation_id: 'next', state: 'starting' })
  })
})

describe('check-ins', () => {
  const futures = async () => (await listSchedules(room.store.db)).map((one) => [one.name, one.nextAt])

  it('are one in the future per running agent, and none once it is done', async () => {
    await startRun(ledger)
    const at = room.now() + 600_000
    const all = ['dev1', 'dev2', 'lead'].map((name) => [`check-in:${id}/${name}`, at])
    expect((await futures()).toSorted()).toEqual(all)
    await brief(ledger, id, 'dev1')
    expect(await futures()).toHaveLength(3)
    await ledger.command('branch.state', { id, name: 'dev1', state: 'reported', commit })
    await ledger.command('agent.integrated', {
      id,
      name: 'dev1',
      reported: commit,
      commit,
      mergedCommit: commit,
      note: 'work',
    })
    expect((await futures()).map(([name]) => name)).not.toContain(`check-in:${id}/dev1`)
    expect(await futures()).toHaveLength(2)
  })

  it.each(['completed', 'failed', 'stopped'] as const)('are none after the end as %s', async (end) => {
    await startRun(ledger)
    await ledger.command('orchestration.state', { id, state: end })
    expect(await futures()).toEqual([])
    room.pass(3_600_000)
    expect(await ledger.command('jobs.tick', null)).toMatchObject({ fired: 0 })
  })

  it('fire once for all the time that was slept through, and stay one in the future', async () => {
    await startRun(ledger, { agents: createPlan().agents.slice(1, 2) })
    room.pass(5 * 600_000 + 1)
    expect(await ledger.command('jobs.tick', null)).toMatchObject({ fired: 1 })
    const [only, ...others] = await futures()
    expect(others).toEqual([])
    expect(Number(only?.[1])).toBeGreaterThan(room.now())
  })
})

describe('a report of done', () => {
  const task = { id: 't1', title: 'Write the cart', body: '', files: [], dependsOn: [], owner: 'dev1' }

  it('is refused while own tasks are open, taken with them done, and queues one integration', async () => {
    await startRun(ledger, { tasks: [task] })
    expect(await report('dev1', 'done')).toEqual({
      accepted: false,
      reasons: ['task t1 is still yours and not done: Write the cart'],
    })
    expect([(await branch('dev1'))?.state, await queued()]).toEqual(['open', []])
    await ledger.command('task.set', { id, task: 't1', state: 'done', evidence: 'it runs', by: 'dev1' })
    expect(await report('dev1', 'done')).toEqual({ accepted: true, reasons: [] })
    expect(await report('dev1', 'done')).toEqual({ accepted: true, reasons: [] })
    expect(await branch('dev1')).toMatchObject({ state: 'reported', commit_id: commit })
    expect(await queued()).toEqual(['dev1'])
  })

  it('does not make the agent done', async () => {
    await startRun(ledger)
    await report('dev1', 'done')
    expect((await agent('dev1'))?.state).toBe('running')
  })

  it('that comes before the proof of the brief is looked at again when that is there', async () => {
    await createRun(ledger)
    await ledger.command('orchestration.state', { id, state: 'starting' })
    await report('dev1', 'done', 'quick')
    // The job comes, finds no proof yet, and ends.
    const claim = { owner: room.owner, leaseMs: 1000, limit: 9 }
    const { jobs } = await ledger.command('jobs.claim', claim)
    for (const job of jobs)
      await ledger.command('jobs.complete', { id: job.id, token: job.token, result: null })
    expect(await queued()).toEqual([])
    await brief(ledger, id, 'dev1')
    expect(await queued()).toEqual(['dev1'])
    await brief(ledger, id, 'dev2')
    expect(await queued()).toEqual(['dev1'])
  })

  it('is refused on a stopped or failed run', async () => {
    await startRun(ledger)
    await ledger.command('orchestration.state', { id, state: 'stopped' })
    expect(await report('dev1', 'done')).toEqual({
      accepted: false,
      reasons: ['the orchestration is stopped'],
    })
  })

  it('that was red alone is queued again when another agent’s work is integrated', async () => {
    await startRun(ledger)
    await report('dev1', 'done')
    await report('dev2', 'done')
    await runJobs()
    expect(await queued()).toEqual([])
    await ledger.command('agent.integrated', {
      id,
      name: 'dev2',
      reported: commit,
      commit,
      mergedCommit: commit,
      note: 'work',
    })
    expect(await queued()).toEqual(['dev1'])
  })

  it('that conflicted, or whose agent no longer runs, is not queued again', async () => {
    await startRun(ledger)
    await report('dev1', 'done')
    await report('lead', 'done')
    await report('dev2', 'done')
    await runJobs()
    await ledger.command('branch.state', { id, name: 'dev1', state: 'conflicted' })
    await ledger.command('agent.state', { id, name: 'lead', state: 'needs-human', cause: 'red' })
    await ledger.command('agent.integrated', {
      id,
      name: 'dev2',
      reported: commit,
      commit,
      mergedCommit: commit,
      note: 'work',
    })
    expect(await queued()).toEqual([])
  })
})

describe('other reports', () => {
  it('of being blocked tell those who lead, not those who work', async () => {
    await startRun(ledger)
    await report('dev1', 'blocked', 'no till')
    expect((await messages()).map((row) => [row.target, row.body])).toEqual([
      ['lead', 'dev1 is blocked: no till'],
    ])
  })

  it('of failure ask for a human', async () => {
    await startRun(ledger)
    await report('dev1', 'failed', 'no till')
    expect((await desired()).orchestration).toMatchObject({
      state: 'needs-human',
      cause: 'dev1 reports failure: no till',
    })
    expect((await agent('dev1'))?.state).toBe('failed')
  })
})

describe('once', () => {
  it('changes nothing the second time', async () => {
    await startRun(ledger)
    const args = { id, title: 'Write', body: '', owner: null, files: [], by: 'dev1' }
    const verb = { key: 'k1', command: 'task.add', args }
    expect(await ledger.command('once', verb)).toMatchObject({
      replayed: false,
      result: { task: { id: 't1' } },
    })
    expect(await ledger.command('once', verb)).toEqual({ replayed: true, result: null })
    expect((await ledger.query('tasks', { id })).tasks).toHaveLength(1)
  })

  it('forgets a key whose command failed, so that it can be sent again', async () => {
    const verb = { key: 'k1', command: 'orchestration.desire', args: { id, desired: 'stop', cause: '-' } }
    await expect(ledger.command('once', verb)).rejects.toMatchObject({ code: 'NO_SUCH_ORCHESTRATION' })
    await startRun(ledger)
    expect(await ledger.command('once', verb)).toEqual({ replayed: false, result: null })
  })
})

describe('messages', () => {
  const claim = (owner = room.owner) => ledger.command('outbox.claim', { owner, leaseMs: 30_000, limit: 10 })

  it('become one outbox row each, in the transaction that made them', async () => {
    await startRun(ledger)
    const sent = (await send(['dev1', 'dev2'])).messages
    const rows = await room.store.db.selectFrom('outbox').select(['target', 'body', 'state']).execute()
    expect(rows.toSorted((a, b) => a.target.localeCompare(b.target))).toEqual(
      sent.map((one) => ({ target: `${id}/${one.target}`, body: one.id, state: 'pending' })),
    )
    await expect(send(['dev1', 'nobody'])).rejects.toMatchObject({
      code: 'NO_SUCH_AGENT',
      hint: expect.stringMatching(/^its agents are: .*dev2/),
    })
    expect(await room.store.db.selectFrom('outbox').select('id').execute()).toHaveLength(2)
  })

  it('are refused when empty or larger than 64 KiB', async () => {
    await startRun(ledger)
    await expect(send(['dev1'], ' \n')).rejects.toMatchObject({ code: 'BAD_ARGUMENT' })
    await expect(send(['dev1'], 'ä'.repeat(32 * 1024 + 1))).rejects.toMatchObject({ code: 'BAD_ARGUMENT' })
    await send(['dev1'], 'ä'.repeat(32 * 1024))
  })

  it('are at most 30 a minute to one agent', async () => {
    await startRun(ledger)
    for (let index = 0; index < 30; index += 1) await send(['dev1'])
    await expect(send(['dev1'])).rejects.toMatchObject({ code: 'RATE_LIMITED' })
    await send(['dev2'])
    room.pass(60_000)
    await send(['dev1'])
  })

  it('are claimed one at a time per agent, and settle with their outbox row', async () => {
    await startRun(ledger)
    const [first] = (await send(['dev1'], 'one')).messages
    await send(['dev1'], 'two')
    const [delivery, ...others] = (await claim()).deliveries
    expect(others).toEqual([])
    expect(delivery).toMatchObject({
      attempt: 1,
      isUncertain: false,
      message: { body: 'one', token: messageToken(first?.id ?? '') },
    })
    expect((await claim()).deliveries).toEqual([])
    await ledger.command('message.settle', {
      outboxId: delivery?.outboxId ?? '',
      leaseToken: delivery?.leaseToken ?? 0,
      messageId: delivery?.message.id ?? '',
      state: 'submitted',
      reason: null,
      retryAt: null,
    })
    expect((await messages()).map((row) => row.state)).toEqual(['submitted', 'pending'])
    expect(await kinds()).toContain('message:submitted')
    expect((await claim()).deliveries).toMatchObject([{ message: { body: 'two' } }])
  })

  it('come back as uncertain when their sender was lost, with a new lease', async () => {
    await startRun(ledger)
    await send(['dev1'])
    const gone = room.owner.split('/').with(4, '1').join('/')
    const [lost] = (await claim(gone)).deliveries
    await ledger.command('jobs.tick', null)
    const [found, ...others] = (await claim()).deliveries
    expect(others).toEqual([])
    expect(found).toMatchObject({ isUncertain: true, attempt: 2, message: { id: lost?.message.id } })
    await expect(
      ledger.command('message.settle', {
        outboxId: lost?.outboxId ?? '',
        leaseToken: lost?.leaseToken ?? 0,
        messageId: lost?.message.id ?? '',
        state: 'submitted',
        reason: null,
        retryAt: null,
      }),
    ).rejects.toMatchObject({ code: 'LEASE_LOST' })
  })

  it('wait for their next attempt when they are to be tried again', async () => {
    await startRun(ledger)
    await send(['dev1'])
    const [delivery] = (await claim()).deliveries
    await ledger.command('message.settle', {
      outboxId: delivery?.outboxId ?? '',
      leaseToken: delivery?.leaseToken ?? 0,
      messageId: delivery?.message.id ?? '',
      state: 'refused',
      reason: 'busy',
      retryAt: room.now() + 1000,
    })
    expect(await messages()).toMatchObject([{ state: 'pending', reason: 'busy', settled_at: null }])
    expect((await claim()).deliveries).toEqual([])
    room.pass(1000)
    expect((await claim()).deliveries).toMatchObject([{ attempt: 2, isUncertain: false }])
  })

  it('are not delivered after the end', async () => {
    await startRun(ledger)
    await send(['dev1'])
    await ledger.command('orchestration.state', { id, state: 'stopped' })
    expect((await claim()).deliveries).toEqual([])
    expect(await messages()).toMatchObject([{ state: 'dead', reason: 'the orchestration is stopped' }])
  })

  it('are read once through the inbox', async () => {
    await startRun(ledger)
    await send(['dev1'])
    const read = () => ledger.command('inbox.read', { id, name: 'dev1', limit: 10 })
    expect((await read()).messages).toMatchObject([{ from: 'you', text: 'hello' }])
    expect((await read()).messages).toEqual([])
  })
})

describe('the breaker of an agent', () => {
  const exit = (counted = true) =>
    ledger.command('agent.exited', { id, name: 'dev1', cause: 'status 1', counted, ended: null })

  it('opens at the sixth counted exit within ten minutes, and says why', async () => {
    await startRun(ledger)
    for (let index = 0; index < 5; index += 1) expect(await exit()).toEqual({ breaker: 'closed' })
    expect((await desired()).openBreakers).toEqual([])
    expect(await exit()).toEqual({ breaker: 'open' })
    expect((await desired()).openBreakers).toEqual([{ agent: 'dev1', reason: 'status 1' }])
  })

  it('counts neither exits that were not the agent’s, nor those of an earlier window', async () => {
    await startRun(ledger)
    for (let index = 0; index < 8; index += 1) expect(await exit(false)).toEqual({ breaker: 'closed' })
    for (let index = 0; index < 5; index += 1) await exit()
    room.pass(10 * 60_000 + 1)
    expect(await exit()).toEqual({ breaker: 'closed' })
    expect((await agent('dev1'))?.exits).toBe(14)
  })

  it('stays open until a person brings the run back', async () => {
    await startRun(ledger)
    for (let index = 0; index < 6; index += 1) await exit()
    room.pass(10 * 60_000 + 1)
    expect(await exit()).toEqual({ breaker: 'open' })
    await ledger.command('orchestration.desire', { id, desired: 'run', cause: 'resume' })
    expect((await desired()).openBreakers).toEqual([])
    expect(await exit()).toEqual({ breaker: 'closed' })
  })
})

describe('an ended run', () => {
  it.each(['completed', 'failed', 'stopped'] as const)(
    'that is %s takes no task and no schedule',
    async (end) => {
      const task = { id: 't1', title: 'Write', body: '', files: [], dependsOn: [], owner: null }
      await startRun(ledger, { tasks: [task] })
      await ledger.command('orchestration.state', { id, state: end })
      const refusal = { code: 'WRONG_STATE', message: `${id} is ${end}, so nothing can be added to it` }
      const add = { id, title: 'More', body: '', owner: null, files: [], by: 'you' }
      await expect(ledger.command('task.add', add)).rejects.toMatchObject(refusal)
      await expect(
        ledger.command('task.assign', { id, task: 't1', owner: 'dev1', by: 'you' }),
      ).rejects.toMatchObject(refusal)
      await expect(
        ledger.command('schedule.add', { id, target: 'dev1', when: '10m', note: 'look', tz: null }),
      ).rejects.toMatchObject(refusal)
      expect((await ledger.query('tasks', { id })).tasks).toHaveLength(1)
    },
  )

  it('is gone for every caller once removed', async () => {
    await startRun(ledger)
    await ledger.command('orchestration.removed', { id })
    await expect(send(['dev1'])).rejects.toMatchObject({ code: 'NO_SUCH_ORCHESTRATION' })
    expect(await ledger.query('desired', { id })).toBeNull()
    expect(await ledger.query('live', null)).toMatchObject({ ids: [] })
  })
})

describe('tasks', () => {
  const taken = (by: string) =>
    ledger.command('task.set', { id, task: 't1', state: 'taken', evidence: null, by })

  it('are told to their new owner, and taken only by that one', async () => {
    await startRun(ledger)
    const add = { id, title: 'Write', body: '', owner: 'dev1', files: [], by: 'lead' }
    expect(await ledger.command('task.add', add)).toMatchObject({ task: { id: 't1', owner: 'dev1' } })
    expect(await messages()).toMatchObject([
      { target: 'dev1', sender: 'lead', body: 'Task t1 is yours: Write' },
    ])
    await expect(taken('dev2')).rejects.toMatchObject({ code: 'NOT_ALLOWED' })
    expect(await taken('dev1')).toMatchObject({ task: { state: 'taken', owner: 'dev1' } })
  })

  it('that nobody owns belong to who takes them', async () => {
    await startRun(ledger)
    await ledger.command('task.add', { id, title: 'Write', body: '', owner: null, files: [], by: 'lead' })
    expect(await taken('dev2')).toMatchObject({ task: { owner: 'dev2' } })
    await expect(taken('nobody')).resolves.toMatchObject({ task: { owner: 'dev2' } })
  })
})

describe('schedules', () => {
  it('that are for once, or a cron line, are listed until they are cancelled', async () => {
    await startRun(ledger)
    const add = (when: string) =>
      ledger.command('schedule.add', { id, target: 'dev1', when, note: 'look', tz: 'UTC' })
    const once = await add('10m')
    const cron = await add('0 12 * * *')
    expect([once.nextAt, cron.nextAt]).toEqual([room.now() + 600_000, Date.parse('2026-01-31T12:00:00Z')])
    const notes = async () =>
      (await ledger.query('schedules', { id })).schedules
        .filter((one) => one.note === 'look')
        .map((one) => one.name)
    expect((await notes()).toSorted()).toEqual([once.name, cron.name].toSorted())
    for (const { name } of [once, cron]) {
      expect(await ledger.command('schedule.cancel', { name })).toEqual({ cancelled: true })
      await expect(ledger.command('schedule.cancel', { name })).rejects.toMatchObject({
        code: 'NO_SUCH_SCHEDULE',
      })
    }
    expect(await notes()).toEqual([])
  })

  it('of check-ins cannot be cancelled by name', async () => {
    await startRun(ledger)
    await expect(ledger.command('schedule.cancel', { name: `check-in:${id}/dev1` })).rejects.toMatchObject({
      code: 'NO_SUCH_SCHEDULE',
    })
  })
})

describe('targets', () => {
  it('are an id, a unique beginning of one, with or without an agent', async () => {
    await createRun(ledger)
    const resolve = (target: string) => ledger.query('resolve', { target })
    expect(await resolve('shop')).toEqual({ id, name: null })
    expect(await resolve(`${id}/dev1`)).toEqual({ id, name: 'dev1' })
    await expect(resolve('till')).rejects.toMatchObject({ code: 'NO_SUCH_ORCHESTRATION' })
    const agents = createPlan().agents.map((one) => ({ ...one, worktree: `${one.worktree}-2` }))
    await createRun(ledger, { id: 'shop-abce', agents })
    await expect(resolve('shop-ab')).rejects.toMatchObject({ code: 'AMBIGUOUS' })
    expect(await resolve(`${id}/dev1`)).toEqual({ id, name: 'dev1' })
  })

  it('are identified by the hash of their own secret alone', async () => {
    await createRun(ledger)
    const identify = (agent: string, tokenHash: string) => ledger.query('identify', { agent, tokenHash })
    expect(await identify(`${id}/dev1`, `hash-${id}-dev1`)).toEqual({ id, name: 'dev1', role: 'developer' })
    expect(await identify(`${id}/dev1`, `hash-${id}-dev2`)).toBeNull()
    expect(await identify('dev1', `hash-${id}-dev1`)).toBeNull()
  })
})
