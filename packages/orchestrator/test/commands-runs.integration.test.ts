import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type CommandsRoom, commandsRoom, id } from './commands-room.ts'
import { brief, createPlan } from './temporary-ledger.ts'

let room: CommandsRoom

beforeEach(async () => {
  room = await commandsRoom()
})
afterEach(() => room[Symbol.asyncDispose]())

describe('a new run', () => {
  it('is stored whole: its team, conversations, branches and tasks, all planned', async () => {
    const task = { id: 't1', title: 'Write', body: '', files: ['a.ts'], dependsOn: [], owner: 'dev1' }
    await room.create({ tasks: [task] })
    const all = await room.desired()
    expect(all.orchestration).toMatchObject({ state: 'planned', desired: 'run', started_at: null })
    expect(all.agents.map((row) => [row.name, row.state, row.implements])).toEqual([
      ['lead', 'planned', 0],
      ['dev1', 'planned', 1],
      ['dev2', 'planned', 1],
    ])
    expect(all.conversations.map((row) => row.state)).toEqual(['planned', 'planned', 'planned'])
    expect(all.branches.map((row) => row.state)).toEqual(['open', 'open', 'open'])
    expect(await room.ledger.query('tasks', { id })).toEqual({
      tasks: [{ ...task, state: 'open', evidence: null }],
    })
    expect((await room.ledger.query('live', null)).ids).toEqual([id])
  })

  it('is refused as ID_TAKEN when one of that id exists, and nothing of it stays', async () => {
    await room.create()
    const again = room.create({ project: { path: '/other', name: 'other' } })
    await expect(again).rejects.toMatchObject({ name: 'OrchestratorError', code: 'ID_TAKEN' })
    expect(await room.store.db.selectFrom('project').select('path').execute()).toEqual([{ path: '/project' }])
  })

  it('leaves nothing behind when it cannot be stored to its end', async () => {
    await expect(room.ledger.command('run.create', { plan: createPlan(), secrets: [] })).rejects.toThrow(
      TypeError,
    )
    expect(await room.ledger.query('desired', { id })).toBeNull()
  })

  it('is refused under a name that no command has', async () => {
    await expect(
      room.ledger.command('run.destroy' as 'run.create', { plan: createPlan(), secrets: [] }),
    ).rejects.toMatchObject({
      code: 'UNKNOWN_REQUEST',
    })
  })
})

describe('the start', () => {
  it('is complete only when the last brief arrived', async () => {
    await room.create()
    await room.ledger.command('orchestration.state', { id, state: 'starting' })
    expect(await brief(room.ledger, id, 'dev1')).toBe(false)
    expect(await brief(room.ledger, id, 'lead')).toBe(false)
    expect([(await room.desired()).orchestration.state, (await room.agent('dev1'))?.state]).toEqual([
      'starting',
      'running',
    ])
    expect(await brief(room.ledger, id, 'dev2')).toBe(true)
    expect((await room.desired()).orchestration).toMatchObject({ state: 'running', started_at: room.now() })
  })

  it('knows a launch before its brief, and counts every launch', async () => {
    await room.create()
    const key = { id, name: 'dev1', conversationId: `conversation-${id}-dev1` }
    await room.ledger.command('agent.launching', { ...key, briefing: 'argument' })
    await room.ledger.command('agent.launching', { ...key, briefing: 'argument' })
    const found = (await room.desired()).conversations.find((row) => row.agent === 'dev1')
    expect(found).toMatchObject({ state: 'launched', launches: 2, launched_at: room.now(), briefed_at: null })
    expect((await room.agent('dev1'))?.state).toBe('starting')
  })

  it('takes a token that came back in a report as proof, while the brief is awaited', async () => {
    await room.create()
    const key = { id, name: 'dev1', conversationId: `conversation-${id}-dev1` }
    await room.ledger.command('agent.launching', { ...key, briefing: 'argument' })
    expect((await room.desired()).echoedTokens).toEqual([])
    await room.report('dev1', 'progress', `[tmo-b-${id}-dev1] here`)
    expect((await room.desired()).echoedTokens).toEqual([`tmo-b-${id}-dev1`])
  })

  it('replaces a lost conversation by one continuation', async () => {
    await room.start()
    await room.ledger.command('agent.continue', {
      id,
      name: 'dev1',
      conversationId: 'next',
      token: 'tmo-b-next',
      cause: 'gone',
    })
    const own = (await room.desired()).conversations.filter((row) => row.agent === 'dev1')
    expect(own.map((row) => [row.kind, row.state])).toEqual(
      expect.arrayContaining([
        ['brief', 'lost'],
        ['continuation', 'planned'],
      ]),
    )
    expect(await room.agent('dev1')).toMatchObject({ conversation_id: 'next', state: 'starting' })
  })
})

describe('once', () => {
  it('changes nothing the second time', async () => {
    await room.start()
    const args = { id, title: 'Write', body: '', owner: null, files: [], by: 'dev1' }
    const verb = { key: 'k1', command: 'task.add', args }
    expect(await room.ledger.command('once', verb)).toMatchObject({
      replayed: false,
      result: { task: { id: 't1' } },
    })
    expect(await room.ledger.command('once', verb)).toEqual({ replayed: true, result: null })
    expect((await room.ledger.query('tasks', { id })).tasks).toHaveLength(1)
  })

  it('forgets a key whose command failed, so that it can be sent again', async () => {
    const verb = { key: 'k1', command: 'orchestration.desire', args: { id, desired: 'stop', cause: '-' } }
    await expect(room.ledger.command('once', verb)).rejects.toMatchObject({ code: 'NO_SUCH_ORCHESTRATION' })
    await room.start()
    expect(await room.ledger.command('once', verb)).toEqual({ replayed: false, result: null })
  })
})

describe('an ended run', () => {
  it.each(['completed', 'failed', 'stopped'] as const)(
    'that is %s takes no task and no schedule',
    async (end) => {
      const task = { id: 't1', title: 'Write', body: '', files: [], dependsOn: [], owner: null }
      await room.start({ tasks: [task] })
      await room.ledger.command('orchestration.state', { id, state: end })
      const refusal = { code: 'WRONG_STATE', message: `${id} is ${end}, so nothing can be added to it` }
      const add = { id, title: 'More', body: '', owner: null, files: [], by: 'you' }
      await expect(room.ledger.command('task.add', add)).rejects.toMatchObject(refusal)
      await expect(
        room.ledger.command('task.assign', { id, task: 't1', owner: 'dev1', by: 'you' }),
      ).rejects.toMatchObject(refusal)
      await expect(
        room.ledger.command('schedule.add', { id, target: 'dev1', when: '10m', note: 'look', tz: null }),
      ).rejects.toMatchObject(refusal)
      expect((await room.ledger.query('tasks', { id })).tasks).toHaveLength(1)
    },
  )

  it('is gone for every caller once removed', async () => {
    await room.start()
    await room.ledger.command('orchestration.removed', { id })
    await expect(room.send(['dev1'])).rejects.toMatchObject({ code: 'NO_SUCH_ORCHESTRATION' })
    expect(await room.ledger.query('desired', { id })).toBeNull()
    expect(await room.ledger.query('live', null)).toMatchObject({ ids: [] })
  })
})

describe('targets', () => {
  it('are an id, a unique beginning of one, with or without an agent', async () => {
    await room.create()
    const resolve = (target: string) => room.ledger.query('resolve', { target })
    expect(await resolve('shop')).toEqual({ id, name: null })
    expect(await resolve(`${id}/dev1`)).toEqual({ id, name: 'dev1' })
    await expect(resolve('till')).rejects.toMatchObject({ code: 'NO_SUCH_ORCHESTRATION' })
    const agents = createPlan().agents.map((one) => ({ ...one, worktree: `${one.worktree}-2` }))
    await room.create({ id: 'shop-abce', agents })
    await expect(resolve('shop-ab')).rejects.toMatchObject({ code: 'AMBIGUOUS' })
    expect(await resolve(`${id}/dev1`)).toEqual({ id, name: 'dev1' })
  })

  it('are identified by the hash of their own secret alone', async () => {
    await room.create()
    const identify = (agent: string, tokenHash: string) => room.ledger.query('identify', { agent, tokenHash })
    expect(await identify(`${id}/dev1`, `hash-${id}-dev1`)).toEqual({ id, name: 'dev1', role: 'developer' })
    expect(await identify(`${id}/dev1`, `hash-${id}-dev2`)).toBeNull()
    expect(await identify('dev1', `hash-${id}-dev1`)).toBeNull()
  })
})
