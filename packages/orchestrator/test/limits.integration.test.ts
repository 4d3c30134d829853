import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type CommandsRoom, commandsRoom, id } from './commands-room.ts'

let room: CommandsRoom
const hourMs = 3_600_000

beforeEach(async () => {
  room = await commandsRoom()
  await room.start()
})
afterEach(() => room[Symbol.asyncDispose]())

interface Shown {
  readonly resetAt?: number | null
  readonly continuesItself?: boolean
  readonly hitAt?: number
}

const see = (name: string, { resetAt = room.now() + hourMs, continuesItself = false, hitAt }: Shown = {}) =>
  room.ledger.command('limit.seen', {
    id,
    name,
    resetAt,
    continuesItself,
    detail: '5-hour limit reached',
    ...(hitAt === undefined ? {} : { hitAt }),
  })
const over = (name: string) => room.ledger.command('limit.over', { id, name })
const clear = (name: string) => room.ledger.command('limit.clear', { id, name })
const waiting = async () => (await room.ledger.query('limits', { id: null })).limits
const told = async () => (await room.messages()).map((message) => [message.target, message.sender])

/** So often is an agent told at most. */
const allow = (attempts: number) =>
  room.store.transaction(async (tx) => {
    await tx.updateTable('job').set({ max_attempts: attempts }).where('kind', '=', 'resume').execute()
  })

/** Claims the jobs that are due and does what they are for. */
async function runResumes(): Promise<number> {
  await room.ledger.command('jobs.tick', null)
  const { jobs } = await room.ledger.command('jobs.claim', { owner: room.owner, leaseMs: 30_000, limit: 9 })
  for (const job of jobs.filter(({ kind }) => kind === 'resume')) {
    const payload = job.payload as { agent: string; limit: string }
    await room.ledger.command('limit.resume', { id, name: payload.agent, limit: payload.limit })
    await room.ledger.command('jobs.complete', { id: job.id, token: job.token, result: null })
  }
  return jobs.filter(({ kind }) => kind === 'resume').length
}

describe('a limit', () => {
  it('is noted once, and its agent is told to go on once, after the reset', async () => {
    const resetAt = room.now() + hourMs
    await see('dev1', { resetAt })
    await see('dev1', { resetAt: resetAt + 20_000 })
    expect(await waiting()).toMatchObject([{ agent: 'dev1', reset_at: resetAt, state: 'waiting' }])
    room.pass(hourMs)
    expect(await runResumes(), 'not at the very instant').toBe(0)
    room.pass(60_000)
    expect(await runResumes()).toBe(1)
    expect(await told()).toEqual([['dev1', 'tmo']])
    expect(await waiting()).toEqual([])
    room.pass(hourMs)
    await see('dev1', { resetAt })
    expect([await waiting(), await runResumes()], 'its old record still shows it').toEqual([[], 0])
    expect(await told()).toHaveLength(1)
  })

  it('whose program goes on once its question is answered is settled without a message', async () => {
    await see('dev1')
    const [limit] = await waiting()
    const resume = { id, name: 'dev1', limit: limit?.id ?? '', isUntold: true }
    expect(await room.ledger.command('limit.resume', resume)).toEqual({ resumed: true })
    expect(await room.ledger.command('limit.resume', resume)).toEqual({ resumed: false })
    expect([await waiting(), await told()]).toEqual([[], []])
  })

  it('staggers the members of a team', async () => {
    const resetAt = room.now() + hourMs
    for (const name of ['lead', 'dev1', 'dev2']) await see(name, { resetAt })
    const at = (await waiting()).map(({ resume_at }) => (resume_at ?? 0) - resetAt)
    expect(at.toSorted((a, b) => a - b)).toEqual([5_000, 20_000, 35_000])
  })

  it('of a program that goes on by itself tells nobody, nor does one without an end', async () => {
    await see('dev1', { continuesItself: true })
    await see('dev2', { resetAt: null })
    expect((await waiting()).map(({ resume_at }) => resume_at)).toEqual([null, null])
    room.pass(24 * hourMs)
    expect([await runResumes(), await told()]).toEqual([0, []])
  })

  it('that ends by itself, or is forgotten by a person, tells nobody', async () => {
    await see('dev1')
    await see('dev2')
    await over('dev1')
    expect((await clear('dev2')).limit).toMatchObject({ agent: 'dev2' })
    expect((await clear('dev2')).limit).toBeNull()
    expect(await waiting()).toEqual([])
    room.pass(2 * hourMs)
    expect([await runResumes(), await told()]).toEqual([0, []])
  })

  it('that was forgotten comes back only as a new one', async () => {
    const resetAt = room.now() + hourMs
    await see('dev1', { resetAt })
    await clear('dev1')
    await see('dev1', { resetAt })
    expect(await waiting()).toEqual([])
    await over('dev1')
    await see('dev1', { resetAt })
    expect(await waiting()).toHaveLength(1)
  })

  it('moves when the program tells another time, and never back into the unknown', async () => {
    await see('dev1', { resetAt: null })
    const resetAt = room.now() + 2 * hourMs
    await see('dev1', { resetAt })
    await see('dev1', { resetAt: null })
    expect(await waiting()).toMatchObject([{ reset_at: resetAt, resume_at: resetAt + 20_000 }])
    await see('dev1', { resetAt: resetAt + hourMs })
    room.pass(2 * hourMs + 60_000)
    expect(await runResumes(), 'the earlier job is gone').toBe(0)
    room.pass(hourMs)
    expect(await runResumes()).toBe(1)
  })

  it('that stops an agent again after it was told is told again, and not in a storm', async () => {
    const resetAt = room.now() + hourMs
    await see('dev1', { resetAt, hitAt: room.now() })
    room.pass(hourMs + 60_000)
    await runResumes()
    room.pass(30_000)
    const hitAt = room.now()
    await see('dev1', { resetAt, hitAt })
    expect((await waiting()).map(({ resume_at }) => resume_at)).toEqual([room.now() + 600_000])
    room.pass(599_000)
    expect(await runResumes()).toBe(0)
    room.pass(2_000)
    expect(await runResumes()).toBe(1)
    await see('dev1', { resetAt, hitAt })
    expect(await waiting()).toEqual([])
    // Its turn failed at once, which looked like work for a moment.
    await room.ledger.command('limit.over', { id, name: 'dev1' })
    await see('dev1', { resetAt, hitAt })
    expect(await waiting(), 'an old record').toEqual([])
    room.pass(5_000)
    await see('dev1', { resetAt, hitAt: room.now() })
    expect((await waiting()).map(({ resume_at }) => resume_at)).toEqual([room.now() + 600_000])
  })

  it('that nobody could tell of is for a person, who is told what to do; a team that comes back is told again', async () => {
    await see('dev1')
    await allow(2)
    const fail = async (): Promise<void> => {
      room.pass(2 * hourMs)
      await room.ledger.command('jobs.tick', null)
      const { jobs } = await room.ledger.command('jobs.claim', {
        owner: room.owner,
        leaseMs: 30_000,
        limit: 9,
      })
      const [job] = jobs.filter(({ kind }) => kind === 'resume')
      if (!job) throw new Error('no job is due')
      await room.ledger.command('jobs.fail', { id: job.id, token: job.token, error: 'dev1 asks something' })
    }
    await fail()
    expect((await room.agent('dev1'))?.state).toBe('running')
    await fail()
    const cause = expect.stringMatching(
      /limit has ended.*failed 2 times: dev1 asks something; .*tmo attach \S+\/dev1.*tmo resume/,
    )
    expect(await room.agent('dev1')).toMatchObject({ state: 'needs-human', cause })
    expect((await room.desired()).orchestration).toMatchObject({ state: 'needs-human', cause })
    expect(await waiting()).toMatchObject([{ agent: 'dev1', resume_at: null }])
    expect((await room.agent('dev2'))?.state).toBe('running')

    await room.ledger.command('orchestration.desire', { id, desired: 'run', cause: 'a person' })
    expect(await waiting()).toMatchObject([{ agent: 'dev1', resume_at: room.now() + 5_000 }])
    room.pass(10_000)
    expect(await runResumes()).toBe(1)
    expect(await waiting()).toEqual([])
  })

  it('whose worker was lost with its daemon again and again is for a person too', async () => {
    await see('dev1')
    await allow(1)
    room.pass(2 * hourMs)
    await room.ledger.command('jobs.tick', null)
    await room.ledger.command('jobs.claim', { owner: room.owner, leaseMs: 30_000, limit: 9 })
    room.pass(hourMs)
    await room.ledger.command('jobs.tick', null)
    expect(await room.agent('dev1')).toMatchObject({
      state: 'needs-human',
      cause: expect.stringMatching(/was lost 1 times with its daemon.*tmo resume/),
    })
  })

  it('that was settled meanwhile is nobody’s concern when its job dies', async () => {
    await see('dev1')
    room.pass(2 * hourMs)
    await room.ledger.command('jobs.tick', null)
    const { jobs } = await room.ledger.command('jobs.claim', { owner: room.owner, leaseMs: 30_000, limit: 9 })
    const [job] = jobs.filter(({ kind }) => kind === 'resume')
    if (!job) throw new Error('no job is due')
    await over('dev1')
    await allow(1)
    await room.ledger.command('jobs.fail', { id: job.id, token: job.token, error: 'no window' })
    expect((await room.agent('dev1'))?.state).toBe('running')
  })

  it('is nobody’s any more once its team has ended', async () => {
    await see('dev1')
    await room.ledger.command('orchestration.state', { id, state: 'stopped' })
    expect(await waiting()).toEqual([])
  })

  it('is told of in the events of the team', async () => {
    await see('dev1')
    await clear('dev1')
    await over('dev1')
    const { events } = await room.ledger.query('events', { after: 0, limit: 1000, stream: id })
    const kinds = events.map(({ kind }) => kind).filter((kind) => kind.startsWith('limit:'))
    expect(kinds).toEqual(['limit:seen', 'limit:cleared', 'limit:over'])
  })
})
